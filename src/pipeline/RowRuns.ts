import type { ContinuousBatch } from './Batch.js';

/** The options of `RowRuns`, checked. */
export interface RowRunsOptions {
  readonly eosId: number;
  readonly size: number;
  readonly length: number;
  readonly run: number;
  /** The share of a run that the first one has, above 0. */
  readonly firstShare: number;
  readonly warmUp: number;
}

/** A row's part of the ids that are held: what it reads to warm up, and then what counts. */
interface Part {
  readonly from: number;
  readonly counted: number;
  readonly end: number;
}

/** Collects ids until every row has its run, and cuts these into windows. A single row's windows come as they fill. */
export class RowRuns {
  readonly #options: RowRunsOptions;
  /** What rows may read to warm up, and behind it, what no row has read. */
  #ids = new Int32Array(1024);
  /** How many ids of these were read before. */
  #read = 0;
  #held = 0;
  /** How many tokens of its run a single row has read. */
  #position = 0;
  /** The share of a run that the first row gets. */
  #share: number;

  constructor(options: RowRunsOptions) {
    this.#options = options;
    this.#share = options.firstShare;
  }

  /** Takes ids, and gives the batches that are full. */
  *push(ids: Int32Array): Generator<ContinuousBatch> {
    for (let from = 0; from < ids.length; ) {
      const room = this.#capacity() - (this.#held - this.#read);
      const taken = ids.subarray(from, from + room);
      this.#append(taken);
      from += taken.length;
      if (taken.length === room) yield* this.end();
    }
  }

  /** Gives what is held as batches. */
  *end(): Generator<ContinuousBatch> {
    const total = this.#held - this.#read;
    if (total > 0) yield* this.#windows(this.#parts(total), this.#position === 0);
    this.#forget(total);
  }

  /** How many unread ids make a full round of runs; for a single row, a window. */
  #capacity(): number {
    const { size, length, run } = this.#options;
    const first = run === Infinity ? run : Math.ceil(this.#share * run);
    return size === 1 ? Math.min(length, first - this.#position) : first + (size - 1) * run;
  }

  /** Cuts the unread ids into parts of equal length, the first one into its share of that. */
  #parts(total: number): Part[] {
    const { size, warmUp, run } = this.#options;
    const share = size === 1 ? 1 : Math.ceil(this.#share * run) / run;
    const whole = total / (size - 1 + share);
    const isBeginning = this.#position === 0;
    let counted = this.#read;
    return Array.from({ length: size }, (_, row) => {
      const end = this.#read + (row === size - 1 ? total : Math.round((row + share) * whole));
      const part = { from: isBeginning ? Math.max(counted - warmUp, 0) : counted, counted, end };
      counted = end;
      return part;
    });
  }

  *#windows(parts: readonly Part[], isBeginning: boolean): Generator<ContinuousBatch> {
    const longest = Math.max(...parts.map(({ from, end }) => end - from));
    for (let at = 0; at < longest; at += this.#options.length)
      yield this.#window(parts, at, Math.min(this.#options.length, longest - at), isBeginning && at === 0);
  }

  /** The `length` tokens of each part from place `at` on. */
  #window(parts: readonly Part[], at: number, length: number, isBeginning: boolean): ContinuousBatch {
    const size = parts.length;
    const ids = new Int32Array(length * size);
    const mask = new Float32Array(length * size);
    const lengths = new Int32Array(size);
    const before = new Int32Array(size);
    for (const [row, { from, counted, end }] of parts.entries()) {
      const first = from + at;
      const has = Math.max(Math.min(length, end - first), 0);
      lengths[row] = has;
      before[row] = isBeginning ? this.#options.eosId : (this.#ids[Math.min(first, end) - 1] ?? this.#options.eosId);
      for (let time = 0, place = row; time < has; time++, place += size) {
        ids[place] = this.#ids[first + time] ?? 0;
        mask[place] = first + time < counted ? 0 : 1;
      }
    }
    const tokens = lengths.reduce((sum, n) => sum + n, 0);
    const begins = new Uint8Array(size).fill(isBeginning ? 1 : 0);
    return { ids, mask, lengths, size, length, tokens, before, begins };
  }

  #append(ids: Int32Array): void {
    if (this.#held + ids.length > this.#ids.length) {
      const longer = new Int32Array(Math.max(2 * this.#ids.length, this.#held + ids.length));
      longer.set(this.#ids.subarray(0, this.#held));
      this.#ids = longer;
    }
    this.#ids.set(ids, this.#held);
    this.#held += ids.length;
  }

  /** All ids are read: keeps those that the next ones may be warmed up with, and the last one. */
  #forget(total: number): void {
    const { size, run, warmUp } = this.#options;
    if (size === 1) this.#position += total;
    const isOver = size > 1 || this.#position >= (run === Infinity ? run : Math.ceil(this.#share * run));
    if (isOver) [this.#position, this.#share] = [0, 1];
    const kept = Math.min(this.#held, Math.max(warmUp, 1));
    this.#ids.copyWithin(0, this.#held - kept, this.#held);
    [this.#held, this.#read] = [kept, kept];
  }
}
