import { join } from 'node:path';
import { FileFormatError, FileWriteError } from '../../errors.js';
import type { FileSystem } from '../../files/FileSystem.js';
import { WRITING, writeWhole } from '../../files/writeWhole.js';
import type { Checkpoint } from './Checkpoint.js';
import { encodeCheckpoint } from './checkpointFile.js';
import { checkpointName, checkpointNames, isCheckpointName, namesIn, readCheckpoint } from './readCheckpoint.js';

/** A directory of checkpoints, one a file, that one training writes to. */
export class CheckpointDirectory {
  readonly #path: string;
  readonly #keep: number;
  readonly #fs: FileSystem;
  /** The checkpoints that are not damaged, oldest first. */
  #names: readonly string[] = [];
  /** The validation losses of these that have one. */
  readonly #losses = new Map<string, number>();

  /** It keeps the newest `keep` checkpoints and the best one. */
  constructor(path: string, keep: number, fs: FileSystem) {
    this.#path = path;
    this.#keep = keep;
    this.#fs = fs;
  }

  /**
   * Takes stock of what is there, before the first write, and returns the newest checkpoint that is not damaged. What is
   * damaged stays, until it is written over; what a process that was killed had not written in full is removed.
   * @throws {FileFormatError} when the directory cannot be read.
   * @throws {FileWriteError} when such a file cannot be removed.
   */
  open(): Checkpoint | undefined {
    for (const name of namesIn(this.#path, this.#fs))
      if (name.includes(WRITING) && isCheckpointName(name.slice(0, name.indexOf(WRITING)))) this.#remove(name);
    let newest: Checkpoint | undefined;
    for (const name of checkpointNames(this.#path, this.#fs).reverse()) {
      const checkpoint = readCheckpoint(this.#path, name, this.#fs);
      if (checkpoint instanceof FileFormatError) continue;
      this.#add(name, checkpoint);
      newest = checkpoint;
    }
    return newest;
  }

  /**
   * Writes a checkpoint, and only then removes older ones that are not kept.
   * @throws {FileWriteError} when one of these fails; where it cannot be written, those that were there still are.
   */
  write(checkpoint: Checkpoint): void {
    const name = checkpointName(checkpoint.state.steps);
    writeWhole(join(this.#path, name), encodeCheckpoint(checkpoint), this.#fs);
    this.#add(name, checkpoint);
    const best = this.#best();
    const kept = this.#names.filter((one, place) => place >= this.#names.length - this.#keep || one === best);
    for (const one of this.#names) if (!kept.includes(one)) this.#remove(one);
    this.#names = kept;
  }

  #add(name: string, { validationLoss }: Checkpoint): void {
    this.#names = [...this.#names.filter((one) => one !== name), name];
    if (validationLoss === undefined) this.#losses.delete(name);
    else this.#losses.set(name, validationLoss);
  }

  /** The one of the lowest loss; among equals, the oldest. */
  #best(): string | undefined {
    const lossOf = (name: string | undefined): number => this.#losses.get(name ?? '') ?? Infinity;
    return this.#names.reduce<string | undefined>(
      (best, name) => (lossOf(name) < lossOf(best) ? name : best),
      undefined,
    );
  }

  #remove(name: string): void {
    const path = join(this.#path, name);
    try {
      this.#fs.rmSync(path, { force: true });
    } catch (error) {
      throw new FileWriteError(`Expected to remove ${path}, but ${(error as Error).message}`, { cause: error });
    }
  }
}
