import { basename, dirname, join } from 'node:path';
import { checkFilePath, FileWriteError } from '../errors.js';
import { type FileSystem, nodeFileSystem } from './FileSystem.js';
import { isLeftover, processMark } from './processMark.js';

/** What a file that is still being written is called: its name, this, and the mark of the process. */
export const WRITING = '.writing-';

/**
 * Writes a file so that whatever happens, a power failure too, it is the old one or the new one, whole: the bytes go to a
 * temporary name, all of them, and to the disk, then the name is changed, and the directory goes to the disk. A link stays
 * a link, and a file keeps its permissions.
 * @throws {InvalidArgumentError} when the path is none.
 * @throws {FileWriteError} when any of this fails; the temporary file is gone, then, or removed by the next write.
 */
export function writeWhole(path: string, data: Uint8Array | string, fs: FileSystem = nodeFileSystem): void {
  writing(path, fs, (target, temporary) => {
    writeFlushed(temporary, typeof data === 'string' ? Buffer.from(data) : data, modeOf(target, fs), fs);
    fs.renameSync(temporary, target);
    flushDirectory(dirname(target), fs);
  });
}

/**
 * Checks that `writeWhole` can write to a path, before the work that makes what shall be written; leaves everything as it is.
 * @throws {InvalidArgumentError} when the path is none.
 * @throws {FileWriteError} when it cannot.
 */
export function checkWritable(path: string): void {
  writing(path, nodeFileSystem, (target, temporary) => {
    modeOf(target, nodeFileSystem);
    writeFlushed(temporary, new Uint8Array(1), undefined, nodeFileSystem);
    nodeFileSystem.rmSync(temporary);
  });
}

function writing(path: string, fs: FileSystem, action: (target: string, temporary: string) => void): void {
  checkFilePath('path', path);
  const target = linked(path, fs);
  const temporary = `${target}${WRITING}${processMark()}`;
  try {
    removeLeftovers(target, fs);
    action(target, temporary);
  } catch (error) {
    removeQuietly(temporary, fs);
    throw new FileWriteError(`Expected to write ${path}, but ${(error as Error).message}`, { cause: error });
  }
}

/** The file itself where the path is a link to it. */
function linked(path: string, fs: FileSystem): string {
  try {
    return fs.realpathSync(path);
  } catch {
    return path;
  }
}

/** The permissions of the file that is there. To take the place of anything but a file would remove that. */
function modeOf(path: string, fs: FileSystem): number | undefined {
  const found = fs.statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new Error('it is a directory');
  if (found && !found.isFile()) throw new Error('it is not a regular file');
  return found && found.mode & 0o7777;
}

function writeFlushed(path: string, bytes: Uint8Array, mode: number | undefined, fs: FileSystem): void {
  const file = fs.openSync(path, 'wx');
  try {
    if (mode !== undefined) fs.fchmodSync(file, mode);
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

/** Removes what processes that are gone, or this one, did not finish to write: it may take the room that this needs. */
function removeLeftovers(path: string, fs: FileSystem): void {
  const beginning = `${basename(path)}${WRITING}`;
  for (const name of namesIn(dirname(path), fs))
    if (isLeftover(name, beginning)) removeQuietly(join(dirname(path), name), fs);
}

/** None where it may be written into, but not be read. */
function namesIn(directory: string, fs: FileSystem): string[] {
  try {
    return fs.readdirSync(directory);
  } catch {
    return [];
  }
}

function removeQuietly(path: string, fs: FileSystem): void {
  try {
    fs.rmSync(path, { force: true });
  } catch {
    // What made the write fail makes this fail too; the next write removes it.
  }
}
