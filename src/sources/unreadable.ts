import { SourceError } from '../errors.js';

const REASONS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a directory'],
  ['EACCES', 'it may not be read'],
  ['EBADF', 'it is not open for reading'],
]);

/** What the system says of a text that cannot be read, as a typed error that names it; any other error as it is. */
export function unreadable(name: string | URL, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const reason = REASONS.get(String(error.code)) ?? error.message;
  return new SourceError(`Expected ${name} to be a readable file: ${reason}`, { cause: error });
}
