import { PassThrough, Writable } from 'node:stream';
import { main } from '../../scripts/babblebrook.js';
import type { Outcome } from './runProgram.js';

/** How a command ended, what it printed, and the error that it told of where its exit code is 2. */
export interface CommandOutcome extends Outcome {
  readonly mistake: Error | undefined;
}

/** Runs a command of the package's program in this process: `runCommand(['train', '--help'])`. */
export async function runCommand(
  argv: readonly string[],
  { input = '', signal }: { input?: string | Uint8Array; signal?: AbortSignal } = {},
): Promise<CommandOutcome> {
  let mistake: Error | undefined;
  const onMistake = (error: Error): void => {
    mistake = error;
  };
  const [stdout, stderr] = [new Collector(), new Collector()];
  const stdin = new PassThrough();
  stdin.end(input);
  const code = await main(argv, { stdin, stdout, stderr, signal, onMistake });
  return { code, stdout: stdout.text, stderr: stderr.text, mistake };
}

/** Keeps what is written to it. */
export class Collector extends Writable {
  #text = '';

  get text(): string {
    return this.#text;
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#text += chunk.toString();
    done();
  }
}
