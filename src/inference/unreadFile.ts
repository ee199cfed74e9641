import { FileFormatError } from '../errors.js';

/** Says that a file cannot be read, and why. */
export function unreadFile(path: string, error: unknown): FileFormatError {
  return new FileFormatError(`Expected to read ${path}, but ${(error as Error).message}`, { cause: error });
}

/** Throws where a file has another number of bytes than it may have; `unreadFile` says of which file that is. */
export function checkFileSize(bytes: number, min: number, max: number): void {
  if (bytes < min || bytes > max)
    throw new Error(`it has ${bytes} bytes, not ${min === 0 ? 'at most' : `${min} to`} ${max}`);
}
