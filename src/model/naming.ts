import { BabblebrookError, FileFormatError } from '../errors.js';

/** Says of which file or directory an error is. */
export function naming<T>(path: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw named(path, error);
  }
}

/** Says of which file or directory an error is, of something that takes its time. */
export async function namingLater<T>(path: string, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    throw named(path, error);
  }
}

function named(path: string, error: unknown): unknown {
  if (!(error instanceof BabblebrookError)) return error;
  return new FileFormatError(`Expected ${path} to be a saved model: ${error.message}`, { cause: error });
}
