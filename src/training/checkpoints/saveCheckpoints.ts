import { type MonoTypeOperatorFunction, Observable, Subject, takeUntil, throwError } from 'rxjs';
import { checkDirectoryPath, checkNumber, InvalidArgumentError, invalid } from '../../errors.js';
import { type FileSystem, nodeFileSystem } from '../../files/FileSystem.js';
import { lockDirectory } from '../../files/lockDirectory.js';
import type { TrainingStep } from '../TrainingStep.js';
import type { Json } from './Checkpoint.js';
import { CheckpointDirectory } from './CheckpointDirectory.js';
import { CheckpointWriter } from './CheckpointWriter.js';

/** Options of `saveCheckpoints`. */
export interface CheckpointOptions {
  /** Steps from one checkpoint to the next. Default 100. */
  every?: number | undefined;
  /** How many of the newest checkpoints are kept, beside the best one. Default 2. */
  keep?: number | undefined;
  /**
   * What else to keep with each checkpoint, asked for when it is made: settings, running totals (of operators before this
   * one: those behind it have not seen the step yet). Default: nothing.
   */
  notes?: (() => Json) | undefined;
  /** The file system; default Node's. */
  fileSystem?: FileSystem | undefined;
}

/** An operator that passes training steps on, and saves checkpoints of them. */
export interface CheckpointSaver extends MonoTypeOperatorFunction<TrainingStep> {
  /**
   * Saves a checkpoint now, in the `afterEach` of `epochs`, with the validation loss there, in nats per token. The one of
   * the lowest loss is kept: `bestCheckpoint`.
   * @throws {InvalidArgumentError} when the loss is not a number, or there is no training, or no step of it yet.
   * @throws {NonFiniteError} when a weight or slot is not finite.
   * @throws {FileWriteError} when it cannot be written.
   */
  report(validationLoss: number): void;
}

/**
 * Saves what a training needs to go on as if it had never stopped, every so many steps and when it ends, however it ends.
 *
 *     const found = latestCheckpoint(dir)?.checkpoint.state;
 *     const checkpoints = saveCheckpoints(dir);
 *     epochs(20, batches, { resumeAt: found?.resumeAt, afterEach }).pipe(
 *       train(model, { optimizer, resumeFrom: found }),
 *       takeUntil(stopped),
 *       checkpoints,
 *     )
 *
 * It belongs behind whatever ends the training early, such as `takeUntil`: behind its end, nobody hears of a checkpoint
 * that cannot be written but RxJS's `config.onUnhandledError`, or the process. A file is the old one or the new one, whole
 * (written to a temporary name, flushed, renamed), and a checksum covers all of it. While a training saves into a
 * directory, another one is refused. A training that is resumed at the end of an epoch begins with its `afterEach`, once
 * more: what that writes should be the same when it is written twice.
 *
 * @throws {InvalidArgumentError} on an option that cannot be used; (as the stream's error) when the directory holds a
 *   checkpoint of which this training is not the continuation.
 * @throws {DirectoryInUseError} (as the stream's error) when another training saves into the directory.
 * @throws {NonFiniteError} (as the stream's error) when a weight or slot is not finite; the older checkpoints are as they were.
 * @throws {FileWriteError} (as the stream's error) when a checkpoint cannot be written; likewise.
 */
export function saveCheckpoints(
  dir: string,
  { every = 100, keep = 2, notes = () => null, fileSystem = nodeFileSystem }: CheckpointOptions = {},
): CheckpointSaver {
  checkDirectoryPath('dir', dir);
  checkNumber('every', every, { integer: true, min: 1 });
  checkNumber('keep', keep, { integer: true, min: 1 });
  if (typeof notes !== 'function') throw invalid('notes', 'a function', notes);
  let current: CheckpointWriter | undefined;

  const operator: MonoTypeOperatorFunction<TrainingStep> = (source) =>
    new Observable((subscriber) => {
      const unlock = lockDirectory(dir);
      // Unsubscribing alone would free the training's memory before its last step is saved.
      const stop = new Subject<void>();
      subscriber.add(() => {
        stop.next();
        current = undefined;
        unlock();
      });
      const writer = new CheckpointWriter(new CheckpointDirectory(dir, keep, fileSystem), notes);
      current = writer;
      let failed = false;
      const fail = (error: unknown): void => {
        failed = true;
        // An error that nobody listens for any more is one that RxJS reports.
        if (subscriber.closed) throwError(() => error).subscribe();
        else subscriber.error(error);
      };
      source.pipe(takeUntil(stop)).subscribe({
        next: (step) => {
          try {
            writer.see(step);
            if ((step.step + 1) % every === 0) writer.save();
          } catch (error) {
            return fail(error);
          }
          subscriber.next(step);
        },
        error: (error) => {
          try {
            writer.saveLast();
          } catch {
            // What ended the training is what its owner must hear of.
          }
          fail(error);
        },
        complete: () => {
          if (failed) return;
          try {
            writer.saveLast();
          } catch (error) {
            return fail(error);
          }
          subscriber.complete();
        },
      });
    });
  const report = (validationLoss: number): void => {
    checkNumber('validationLoss', validationLoss);
    if (!current) throw new InvalidArgumentError('Expected a training whose checkpoints are saved, got none');
    current.save(validationLoss);
  };
  return Object.assign(operator, { report });
}
