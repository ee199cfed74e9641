import { InvalidArgumentError } from '../errors.js';
import { checkBatch } from '../model/checkBatch.js';
import type { RecurrentState } from '../model/RecurrentState.js';
import type { Batch } from '../pipeline/Batch.js';

/** What the rows of text that goes on have read, in plain numbers. */
export interface CarriedState {
  /** `[rows]`: the last token of each row; −1 where a row ended within a batch, so that it cannot go on. */
  readonly last: Int32Array;
  /** The states behind them. */
  readonly state: RecurrentState;
}

/** The state of each row of text that goes on, from batch to batch, detached: nothing goes back through it. */
export class RowStates {
  #carried: CarriedState | undefined;

  /** It goes on from `carried`; by default, every row begins. */
  constructor(carried?: CarriedState) {
    this.#carried = carried;
  }

  /** What the rows have read so far; `undefined` before the first batch. */
  get carried(): CarriedState | undefined {
    return this.#carried;
  }

  /**
   * The state that the rows of a batch go on from; `undefined` where all begin.
   * @throws {InvalidArgumentError} when the batch has no `before` and `begins`, or does not go on where the one before ended.
   */
  before(batch: Batch): RecurrentState | undefined {
    checkBatch(batch, Infinity);
    const { before, begins, size, lengths } = batch;
    if (before === undefined || begins === undefined)
      throw new InvalidArgumentError(
        'Expected a batch of text that goes on, with before and begins, as batchWindows makes it, got one of sentences',
        { options: ['carryState'] },
      );
    for (let row = 0; row < size; row++) {
      const last = this.#carried?.last.length === size ? this.#carried.last[row] : undefined;
      if (begins[row] === 1 || lengths[row] === 0 || (last !== undefined && last === before[row])) continue;
      const found =
        last === undefined
          ? 'no batch of so many rows came before'
          : last < 0
            ? 'it had ended'
            : `it ended with ${last}`;
      throw new InvalidArgumentError(
        `Expected batches that continue each other: row ${row} of ${size} goes on behind token ${before[row]}, but ${found}`,
        { options: ['carryState'] },
      );
    }
    return begins.every((one) => one === 1) ? undefined : this.#carried?.state;
  }

  /** Takes the state behind a batch. */
  after({ ids, size, length, lengths }: Batch, state: RecurrentState): void {
    const last = lengths.map((own, row) => (own === length ? (ids[(length - 1) * size + row] ?? -1) : -1));
    this.#carried = { last, state };
  }
}
