import { join } from 'node:path';
import { checkDirectoryPath, FileFormatError } from '../../errors.js';
import { nodeFileSystem } from '../../files/FileSystem.js';
import type { Checkpoint } from './Checkpoint.js';
import { checkpointNames, readCheckpoint } from './readCheckpoint.js';

/** A checkpoint that was read, and what was found on the way. */
export interface FoundCheckpoint {
  /** What it holds. */
  readonly checkpoint: Checkpoint;
  /** Where it is. */
  readonly path: string;
  /** Files that could not be used, newest first, each with what is wrong with it: newer ones, or all for the best. */
  readonly damaged: readonly FileFormatError[];
}

/**
 * The newest checkpoint in a directory that is as it was written, and which newer ones were not; `undefined` where the
 * directory has none, or is not there.
 * @throws {FileFormatError} when there are some, and all are damaged, or the directory cannot be read.
 */
export function latestCheckpoint(dir: string): FoundCheckpoint | undefined {
  checkDirectoryPath('dir', dir);
  const damaged: FileFormatError[] = [];
  for (const name of checkpointNames(dir, nodeFileSystem)) {
    const checkpoint = readCheckpoint(dir, name, nodeFileSystem);
    if (!(checkpoint instanceof FileFormatError)) return { checkpoint, path: join(dir, name), damaged };
    damaged.push(checkpoint);
  }
  if (damaged.length === 0) return undefined;
  throw new FileFormatError(
    `Expected a checkpoint in ${dir} that is as it was written, got none: ${damaged.map(({ message }) => message).join('; ')}`,
  );
}
