import { constants } from 'node:os';
import { spool } from '../../src/index.js';

/**
 * The files that a flag names, `-` being standard input: since training reads its text more than once, it is put into a
 * temporary file, which is removed when the process ends, also by Ctrl-C.
 *
 * @throws {SourceError} when standard input is named twice, or cannot be spooled.
 */
export async function spoolStandardInput(files: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  for (const file of files) paths.push(file === '-' ? await spoolInput() : file);
  return paths;
}

async function spoolInput(): Promise<string> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // Killed by a signal, the process would leave the file. Whoever else listens ends the process in another way.
      if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
    });
  return (await spool(process.stdin)).path;
}
