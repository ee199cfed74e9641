import { join } from 'node:path';
import { FileFormatError } from '../../errors.js';
import type { FileSystem } from '../../files/FileSystem.js';
import type { Checkpoint } from './Checkpoint.js';
import { decodeCheckpoint } from './checkpointFile.js';

const NAME = /^checkpoint-(\d{9,})\.safetensors$/;

/** The name of the checkpoint after so many steps: `checkpoint-000000120.safetensors`. */
export function checkpointName(steps: number): string {
  return `checkpoint-${String(steps).padStart(9, '0')}.safetensors`;
}

/** Whether a file is a checkpoint, by its name. */
export function isCheckpointName(name: string): boolean {
  return NAME.test(name);
}

/**
 * The names in a directory; none where it is not there.
 * @throws {FileFormatError} when it cannot be read.
 */
export function namesIn(dir: string, fs: FileSystem): string[] {
  try {
    return fs.readdirSync(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unreadable(dir, error);
  }
}

/** The names of the checkpoints in a directory, newest first. */
export function checkpointNames(dir: string, fs: FileSystem): string[] {
  const steps = (name: string): number => Number(NAME.exec(name)?.[1]);
  return namesIn(dir, fs)
    .filter(isCheckpointName)
    .sort((a, b) => steps(b) - steps(a));
}

/** The checkpoint of a name, or what is wrong with it. */
export function readCheckpoint(dir: string, name: string, fs: FileSystem): Checkpoint | FileFormatError {
  const path = join(dir, name);
  try {
    return decodeCheckpoint(fs.readFileSync(path), path);
  } catch (error) {
    return error instanceof FileFormatError ? error : unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): FileFormatError {
  return new FileFormatError(`Expected to read ${path}, but ${(error as Error).message}`, { cause: error });
}
