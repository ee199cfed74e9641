import type { Sequence } from '../text/Tokenizer.js';
import type { SequenceGroup } from './Batch.js';

interface Entry {
  readonly sequence: Sequence;
  readonly arrival: number;
}

/** Sequences that wait for others of similar length, shortest first. */
export class LengthPool {
  readonly #maxTokens: number;
  readonly #entries: Entry[] = [];
  #arrivals = 0;
  #tokens = 0;

  /** Groups taken from the pool keep size × length ≤ `maxTokens`; no sequence added may be longer than that. */
  constructor(maxTokens: number) {
    this.#maxTokens = maxTokens;
  }

  /** Tokens in the pool, padding not counted. */
  get tokens(): number {
    return this.#tokens;
  }

  add(sequence: Sequence): void {
    this.#entries.splice(this.#placeFor(sequence.length), 0, { sequence, arrival: this.#arrivals++ });
    this.#tokens += sequence.length;
  }

  /**
   * Removes and returns the oldest sequence among its neighbours in length: of all full groups that hold it, the one
   * with the smallest share of padding; where none is full, the largest. Starting from the oldest keeps the order of
   * groups from following their length, and lets no sequence wait for ever.
   */
  takeOldest(): SequenceGroup {
    const entries = this.#entries;
    const anchor = entries.reduce(
      (oldest, { arrival }, place) => (arrival < this.#at(oldest).arrival ? place : oldest),
      0,
    );
    let best = { start: anchor, end: anchor + 1, density: 0 };
    let start = 0;
    let tokens = entries.slice(0, anchor).reduce((sum, { sequence }) => sum + sequence.length, 0);
    for (let end = anchor + 1; end <= entries.length; end++) {
      const length = this.#at(end - 1).sequence.length;
      tokens += length;
      const fullSize = Math.floor(this.#maxTokens / length);
      while (start < end - fullSize) tokens -= this.#at(start++).sequence.length;
      if (start > anchor) break;
      // Any full group is better than one that is not; of those, the last is the largest.
      const density = end < fullSize ? 0 : tokens / (fullSize * length);
      if (density >= best.density) best = { start, end, density };
    }
    return this.#remove(best.start, best.end).map(({ sequence }) => sequence);
  }

  /** Empties the pool: groups of neighbours in length, in an order that does not depend on length. */
  takeAll(): SequenceGroup[] {
    const groups: { readonly group: SequenceGroup; readonly arrival: number }[] = [];
    for (let end = this.#entries.length; end > 0; end = this.#entries.length) {
      const size = Math.min(end, Math.floor(this.#maxTokens / this.#at(end - 1).sequence.length));
      const removed = this.#remove(end - size, end);
      // One member's arrival stands for the group: the earliest would favour groups of many, and so short, sequences.
      const arrival = removed[removed.length >> 1]?.arrival ?? 0;
      groups.push({ group: removed.map(({ sequence }) => sequence), arrival });
    }
    return groups.sort((a, b) => a.arrival - b.arrival).map(({ group }) => group);
  }

  #at(place: number): Entry {
    return this.#entries[place] as Entry;
  }

  #placeFor(length: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#at(middle).sequence.length <= length) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #remove(start: number, end: number): Entry[] {
    const removed = this.#entries.splice(start, end - start);
    this.#tokens -= removed.reduce((sum, { sequence }) => sum + sequence.length, 0);
    return removed;
  }
}
