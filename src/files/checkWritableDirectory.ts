import { rmdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { checkDirectoryPath, FileWriteError } from '../errors.js';
import { makeDirectory } from './makeDirectory.js';
import { checkWritable } from './writeWhole.js';

/**
 * Checks that a directory can be written into, or made, before the work that makes what shall be written; leaves everything as
 * it is.
 * @throws {InvalidArgumentError} when the path is none.
 * @throws {FileWriteError} when it cannot.
 */
export function checkWritableDirectory(path: string): void {
  checkDirectoryPath('path', path);
  let made: string | undefined;
  try {
    made = makeDirectory(path);
    checkWritable(join(path, 'probe'));
  } catch (error) {
    throw new FileWriteError(`Expected to write into ${path}, but ${reasonOf(error)}`, { cause: error });
  } finally {
    if (made !== undefined) removeEmpty(resolve(path), resolve(made));
  }
}

/** Of an error of `checkWritable`, what the system said. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}

/** Removes a directory and those it is in, up to `last`, unless somebody has put something there. */
function removeEmpty(path: string, last: string): void {
  try {
    for (let at = path; ; at = dirname(at)) {
      rmdirSync(at);
      if (at === last) return;
    }
  } catch {
    // Not empty any more.
  }
}
