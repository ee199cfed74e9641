import { dirname } from 'node:path';
import { FileWriteError } from '../../errors.js';
import type { FileSystem } from './FileSystem.js';

/** What a file that is still being written is called: its name, and this. */
export const TEMPORARY = '.tmp';

/**
 * Writes a file so that whatever happens, a power failure too, it is the old one or the new one, whole: the bytes go to a
 * temporary name and to the disk, then the name is changed, and the directory goes to the disk.
 * @throws {FileWriteError} when any of this fails.
 */
export function writeDurably(path: string, bytes: Uint8Array, fs: FileSystem): void {
  const temporary = `${path}${TEMPORARY}`;
  try {
    writeFlushed(temporary, bytes, fs);
    fs.renameSync(temporary, path);
    flushDirectory(dirname(path), fs);
  } catch (error) {
    removeQuietly(temporary, fs);
    throw new FileWriteError(`Expected to write ${path}, but ${(error as Error).message}`, { cause: error });
  }
}

function writeFlushed(path: string, bytes: Uint8Array, fs: FileSystem): void {
  const file = fs.openSync(path, 'w');
  try {
    // One call may write less than it was given.
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(file, bytes, at, bytes.length - at);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
}

/** A new name is on the disk only when its directory is. */
function flushDirectory(path: string, fs: FileSystem): void {
  // Windows opens no directories, and needs none of this.
  if (process.platform === 'win32') return;
  const directory = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(directory);
  } finally {
    fs.closeSync(directory);
  }
}

function removeQuietly(path: string, fs: FileSystem): void {
  try {
    fs.rmSync(path, { force: true });
  } catch {
    // What made the write fail makes this fail too; who opens the directory next removes it.
  }
}
