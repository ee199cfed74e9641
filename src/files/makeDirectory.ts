import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory, and those it is in, where they are not there, and returns the outermost one that was made. (Where a system
 * has a directory and says, of a new one in it, that there is no such file, Node's own way never ends: `/proc/x`.)
 * @throws the error of the system.
 */
export function makeDirectory(path: string): string | undefined {
  if (isDirectory(path)) return undefined;
  const parent = dirname(path);
  const first = existsSync(parent) ? undefined : makeDirectory(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!isDirectory(path)) throw error;
  }
  return first ?? path;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
