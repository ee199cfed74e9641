import type { Sequence } from '../text/Tokenizer.js';
import type { SequenceGroup } from './Batch.js';

interface Entry {
  readonly sequence: Sequence;
  readonly arrival: number;
}

/** Sequences that wait for others of similar length: a queue for each length. */
export class LengthPool {
  readonly #maxTokens: number;
  /** By length; where none has come yet, there is no queue. */
  readonly #queues: (Entry[] | undefined)[] = [];
  #arrivals = 0;
  #tokens = 0;

  /** Groups taken from the pool keep size × length ≤ `maxTokens`; a sequence added has from 1 to so many tokens. */
  constructor(maxTokens: number) {
    this.#maxTokens = maxTokens;
  }

  /** Tokens in the pool, padding not counted. */
  get tokens(): number {
    return this.#tokens;
  }

  add(sequence: Sequence): void {
    const entry = { sequence, arrival: this.#arrivals++ };
    const queue = this.#queues[sequence.length];
    if (queue) queue.push(entry);
    else this.#queues[sequence.length] = [entry];
    this.#tokens += sequence.length;
  }

  /**
   * Removes and returns the oldest sequence among its neighbours in length: of all full groups that hold it, the one
   * with the smallest share of padding; where none is full, the largest. Starting from the oldest keeps the order of
   * groups from following their length, and lets no sequence wait for ever.
   */
  takeOldest(): SequenceGroup {
    const oldest = this.#lengthOfOldest();
    let best = { longest: oldest, ofLongest: 0, density: 0 };
    let between = 0;
    let tokensBetween = 0;
    for (let longest = oldest; longest < this.#queues.length; longest++) {
      const waiting = this.#waiting(longest);
      if (waiting === 0) continue;
      const size = Math.floor(this.#maxTokens / longest);
      // All that are longer than the oldest go first, but one place is the oldest's own.
      const ofLongest = longest === oldest ? 0 : Math.min(waiting, size - 1 - between);
      if (ofLongest < 0 || (ofLongest === 0 && longest > oldest)) break;
      const rest = this.#measureDown(oldest, size - between - ofLongest);
      const tokens = tokensBetween + ofLongest * longest + rest.tokens;
      // Any full group is better than one that is not; of those, the last is the largest.
      const density = between + ofLongest + rest.size < size ? 0 : tokens / (size * longest);
      if (density >= best.density) best = { longest, ofLongest, density };
      if (longest === oldest) continue;
      between += waiting;
      tokensBetween += waiting * longest;
    }
    const taken = this.#take(best.longest, best.ofLongest);
    for (let length = best.longest - 1; length > oldest; length--) append(taken, this.#take(length, Infinity));
    const size = Math.floor(this.#maxTokens / best.longest);
    append(taken, this.#takeDown(oldest, size - taken.length));
    return taken.map(({ sequence }) => sequence);
  }

  /** Empties the pool: groups of neighbours in length, in an order that does not depend on length. */
  takeAll(): SequenceGroup[] {
    const groups: { readonly group: SequenceGroup; readonly arrival: number }[] = [];
    for (let longest = this.#queues.length - 1; longest >= 0; longest--)
      while (this.#waiting(longest) > 0) {
        const taken = this.#takeDown(longest, Math.floor(this.#maxTokens / longest));
        // One member's arrival stands for the group: the earliest would favour groups of many, and so short, sequences.
        const arrival = taken[taken.length >> 1]?.arrival ?? 0;
        groups.push({ group: taken.map(({ sequence }) => sequence), arrival });
      }
    return groups.sort((a, b) => a.arrival - b.arrival).map(({ group }) => group);
  }

  #waiting(length: number): number {
    return this.#queues[length]?.length ?? 0;
  }

  #lengthOfOldest(): number {
    let found = { length: 0, arrival: Infinity };
    this.#queues.forEach((queue, length) => {
      const arrival = queue?.[0]?.arrival ?? Infinity;
      if (arrival < found.arrival) found = { length, arrival };
    });
    return found.length;
  }

  /** What `#takeDown` would take. */
  #measureDown(longest: number, size: number): { size: number; tokens: number } {
    const measured = { size: 0, tokens: 0 };
    for (let length = longest; length > 0 && measured.size < size; length--) {
      const taken = Math.min(this.#waiting(length), size - measured.size);
      measured.size += taken;
      measured.tokens += taken * length;
    }
    return measured;
  }

  /** Takes at most `size` sequences: those of length `longest` and then ever shorter ones. */
  #takeDown(longest: number, size: number): Entry[] {
    const taken: Entry[] = [];
    for (let length = longest; length > 0 && taken.length < size; length--)
      append(taken, this.#take(length, size - taken.length));
    return taken;
  }

  /** Takes at most `count` sequences of a length, the oldest first. */
  #take(length: number, count: number): Entry[] {
    const taken = this.#queues[length]?.splice(0, count) ?? [];
    this.#tokens -= taken.length * length;
    return taken;
  }
}

/** Adds entries behind others: more than a call takes arguments, in a spread, would be a RangeError. */
function append(entries: Entry[], more: readonly Entry[]): void {
  for (const entry of more) entries.push(entry);
}
