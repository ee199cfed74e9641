import { join } from 'node:path';
import type { Cell } from '../../cells/cell.js';
import { cellOfRecord } from '../../cells/cellOfRecord.js';
import { cellOf } from '../../cells/cells.js';
import { checkDirectoryPath, FileFormatError } from '../../errors.js';
import { nodeFileSystem } from '../../files/FileSystem.js';
import type { Checkpoint } from './Checkpoint.js';
import { checkpointNames, readCheckpoint } from './readCheckpoint.js';

/** A checkpoint that was read, and what was found on the way. */
export interface FoundCheckpoint {
  /** What it holds. */
  readonly checkpoint: Checkpoint;
  /** The model's cell, by what is recorded of it: `new LanguageModel({ ...checkpoint.config, cell, tokenizer })`. */
  readonly cell: Cell;
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
    if (!(checkpoint instanceof FileFormatError))
      return { checkpoint, cell: cellOfCheckpoint(checkpoint), path: join(dir, name), damaged };
    damaged.push(checkpoint);
  }
  if (damaged.length === 0) return undefined;
  throw new FileFormatError(
    `Expected a checkpoint in ${dir} that is as it was written, got none: ${damaged.map(({ message }) => message).join('; ')}`,
  );
}

/** The cell of a checkpoint that was read; of those of before cells were recorded, the library's of its name. */
export function cellOfCheckpoint({ state, config }: Checkpoint): Cell {
  return state.cell ? cellOfRecord(state.cell) : cellOf(config.cell);
}
