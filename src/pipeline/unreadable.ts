import { SourceError } from '../errors.js';

const REASONS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a directory'],
  ['EACCES', 'it may not be read'],
  ['EBADF', 'it is not open for reading'],
  ['Z_BUF_ERROR', 'it ends too early'],
]);

/** What the system says of a text that cannot be read, as an error of ours that names it; any other error as it is. */
export function unreadable(name: string | URL, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  const what = code.startsWith('Z_') ? 'gzip' : 'readable';
  const reason = REASONS.get(code) ?? error.message;
  return new SourceError(`Expected ${name} to be a ${what} file: ${reason}`, { cause: error });
}
