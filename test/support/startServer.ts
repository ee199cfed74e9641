import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { programAt } from './places.js';

/** A server in a process of its own. */
export interface StartedServer {
  readonly child: ChildProcess;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** What it has printed to standard error so far. */
  log(): string;
  /** Ends it by a signal, and gives its exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts the command `serve` at a port that is free; without its page, which is built first where it is not, unless that is asked for. */
export async function startServer(
  flags: readonly string[],
  env: NodeJS.ProcessEnv = {},
  { page = false }: { page?: boolean } = {},
): Promise<StartedServer> {
  const program = programAt('scripts/serve.ts', '--port', '0', ...(page ? [] : ['--no-page']), ...flags);
  const child = spawn(process.execPath, program, {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...process.env, ...env },
  });
  let log = '';
  const lines = createInterface(child.stderr as NodeJS.ReadableStream);
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      log += `${line}\n`;
      const found = /^serving .+ at (http:\S+)\/v1$/.exec(line)?.[1];
      if (found) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}: ${log}`)));
  });
  return {
    child,
    url,
    port: Number(new URL(url).port),
    log: () => log,
    async end(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      child.kill(signal);
      const [code] = await once(child, 'exit');
      return code;
    },
  };
}
