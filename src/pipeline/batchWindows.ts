import { concat, defer, mergeMap, type OperatorFunction } from 'rxjs';
import { checkNumber, InvalidArgumentError } from '../errors.js';
import { random } from '../random.js';
import type { TextIds, Tokenizer } from '../text/Tokenizer.js';
import type { ContinuousBatch } from './Batch.js';
import { checkIds } from './checkIds.js';
import { RowRuns } from './RowRuns.js';

const MOST_ROWS = 2 ** 20;

/** Options of `batchWindows`. */
export interface WindowOptions {
  /** How many rows a batch has. */
  size: number;
  /** How many tokens of its run a row reads in a batch: the window, through which gradients go back. */
  length: number;
  /** How many tokens of the text a row reads in a row, before it begins anew elsewhere; for a single row, perhaps `Infinity`. Default 20,000. */
  run?: number | undefined;
  /**
   * The first run is shorter by a share that this determines, so that runs and windows begin elsewhere: pass the epoch. Default: it is as
   * long as the others.
   */
  seed?: number | undefined;
  /**
   * Before a run, a row reads so many tokens that come before it in the text, which do not count: to measure a loss in many rows. For
   * `evaluate`; batches may have no token that counts. Default 0.
   */
  warmUp?: number | undefined;
}

/**
 * Batches of text that goes on: a batch is the next `length` tokens of each of `size` rows (Williams and Peng 1990; Mikolov et al.
 * 2011). Rows take runs of `run` tokens from the text in turn; when all runs are read, each row begins anew with the next one. The rest of
 * the text, all of it where it is shorter than `size` × `run`, is cut into `size` parts of equal length. Every token comes once; what is left
 * of a batch is padding. Memory: `size` × `run` ids; for a single row, `length`.
 *
 *     [5, 6, 7, 8, 9, 1] ──▶ batchWindows(tokenizer, { size: 2, length: 2 })
 *     ──▶ { ids: [5, 8, 6, 9], before: [1, 1], begins: [1, 1], … }, { ids: [7, 1], before: [6, 9], begins: [0, 0], … }
 *
 * @throws {InvalidArgumentError} when an option is not a positive integer, `size` more than a million, or `warmUp` negative, or `seed` not an integer; `run` may be
 *   `Infinity` where `size` is 1.
 * @throws {SourceError} (as the stream's error) when it is given something else than ids.
 */
export function batchWindows(
  { eosId }: Pick<Tokenizer, 'eosId'>,
  options: WindowOptions,
): OperatorFunction<TextIds, ContinuousBatch> {
  checkNumber('eosId', eosId, { integer: true, min: 0 });
  checkWindowOptions(options);
  const { size, length, run = 20_000, seed, warmUp = 0 } = options;
  const firstShare = seed === undefined ? 1 : 1 - random(seed, 'first run').uniform(0);
  return (source) =>
    defer(() => {
      const runs = new RowRuns({ eosId, size, length, run, firstShare, warmUp });
      return concat(
        source.pipe(mergeMap((ids) => runs.push(checkIds('batchWindows', ids, 'tokenizeText(tokenizer)')))),
        defer(() => runs.end()),
      );
    });
}

/**
 * Checks the options of `batchWindows`.
 * @throws {InvalidArgumentError} when one cannot be used.
 */
export function checkWindowOptions({ size, length, run = 20_000, seed, warmUp = 0 }: WindowOptions): void {
  checkNumber('size', size, { integer: true, min: 1, max: MOST_ROWS });
  checkNumber('length', length, { integer: true, min: 1 });
  if (run !== Infinity) checkNumber('run', run, { integer: true, min: 1 });
  else if (size > 1)
    throw new InvalidArgumentError(`Expected run to be finite for more than one row, got Infinity for ${size}`, {
      options: ['run', 'size'],
    });
  checkNumber('warmUp', warmUp, { integer: true, min: 0 });
  if (seed !== undefined) checkNumber('seed', seed, { integer: true });
}
