import { join } from 'node:path';
import { checkDirectoryPath, FileFormatError } from '../../errors.js';
import { nodeFileSystem } from '../../files/FileSystem.js';
import { cellOfCheckpoint, type FoundCheckpoint } from './latestCheckpoint.js';
import { checkpointNames, readCheckpoint } from './readCheckpoint.js';

/**
 * The checkpoint in a directory of the lowest validation loss that was reported, of several the oldest; `undefined` where no
 * loss was. Damaged files do not count, and all of them are named.
 * @throws {InvalidArgumentError} when it is not the name of one.
 * @throws {FileFormatError} when the directory cannot be read.
 */
export function bestCheckpoint(dir: string): FoundCheckpoint | undefined {
  checkDirectoryPath('dir', dir);
  const damaged: FileFormatError[] = [];
  let best: Pick<FoundCheckpoint, 'checkpoint' | 'path'> | undefined;
  for (const name of checkpointNames(dir, nodeFileSystem)) {
    const checkpoint = readCheckpoint(dir, name, nodeFileSystem);
    if (checkpoint instanceof FileFormatError) damaged.push(checkpoint);
    else if ((checkpoint.validationLoss ?? Infinity) <= (best?.checkpoint.validationLoss ?? Number.MAX_VALUE))
      best = { checkpoint, path: join(dir, name) };
  }
  return best && { ...best, cell: cellOfCheckpoint(best.checkpoint), damaged };
}
