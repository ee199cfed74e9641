import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';

/** What a program measured: so much work in so many seconds. */
interface Round {
  readonly work: number;
  readonly seconds: number;
}

/**
 * A program that waits for a line on its standard input, does a round of work, and answers with a line of JSON. Between
 * rounds it computes nothing, so that several can take turns.
 */
export class Contestant {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #name: string;

  constructor(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#name = args.find((arg) => /\.(ts|py)$/.test(arg)) ?? command;
    this.#child = spawn(command, args, {
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '1', ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { stdout } = this.#child;
    if (!stdout) throw new Error('There is no standard output');
    const lines: Interface = createInterface({ input: stdout });
    this.#answers = lines[Symbol.asyncIterator]();
  }

  /** Work per second of a round. */
  async round(): Promise<number> {
    this.#child.stdin?.write('go\n');
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.#name} ended`);
    const { work, seconds }: Round = JSON.parse(value);
    return work / seconds;
  }

  end(): void {
    this.#child.stdin?.end();
  }
}

/** Answers each line on standard input with a round of work, in a contestant that is a program of ours. */
export async function answerRounds(round: () => Promise<number>): Promise<void> {
  for await (const _ of createInterface({ input: process.stdin })) {
    const start = performance.now();
    const work = await round();
    console.log(JSON.stringify({ work, seconds: (performance.now() - start) / 1000 }));
  }
}
