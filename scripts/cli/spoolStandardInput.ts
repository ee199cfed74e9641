import { statSync } from 'node:fs';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { type RecordOptions, SourceError, type SpooledText, spool } from '../../src/index.js';

/** Standard input, by its names. */
const STANDARD_INPUT: readonly string[] = ['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'];

/**
 * The files that a flag names, as files that can be read as often as wanted, as training reads its text: what is none, that is
 * `-` for standard input, a named pipe, or `<(a command)`, is put into a temporary file, which is removed when the process ends,
 * also by Ctrl-C. Where a `field` is to be read and no `format` is said, that holds JSON lines.
 *
 * @throws {SourceError} when standard input is named twice, or a text cannot be read.
 * @throws {FileWriteError} when one cannot be spooled.
 */
export async function spoolStandardInput(
  files: readonly string[],
  stdin: Readable,
  { field, format = field === undefined ? undefined : '.jsonl' }: RecordOptions = {},
): Promise<string[]> {
  const paths: string[] = [];
  for (const file of files) paths.push(isReadOnce(file) ? (await spoolText(file, stdin, format)).path : file);
  return paths;
}

function isReadOnce(path: string): boolean {
  if (path === '-') return true;
  try {
    const found = statSync(path);
    return !found.isFile() && !found.isDirectory();
  } catch {
    // A pattern, or nothing that can be read: who reads it tells.
    return false;
  }
}

async function spoolText(path: string, stdin: Readable, format: string | undefined): Promise<SpooledText> {
  for (const signal of SIGNALS) if (!process.listeners(signal).includes(exitBy)) process.on(signal, exitBy);
  if (!STANDARD_INPUT.includes(path)) return spool(path, { format });
  if (stdin.readableDidRead)
    throw new SourceError(`Expected standard input to be named once, for it can be read once, got ${path} again`);
  return spool(stdin, { format });
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Killed by a signal, the process would leave the file. Whoever else listens ends the process in another way. */
function exitBy(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
}
