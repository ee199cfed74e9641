import { Heap } from '../Heap.js';
import { PairMap } from '../PairMap.js';
import type { Pause } from './pauses.js';
import { commonScript, scriptOf } from './scripts.js';
import type { WordTable } from './WordTable.js';

/** A symbol: a character, or what came of merging two symbols. */
interface MergedSymbol {
  readonly text: string;
  /** In characters. */
  readonly length: number;
  readonly script: number;
}

/** Two symbols that stand side by side. */
interface Pair {
  readonly left: number;
  readonly right: number;
  readonly merged: MergedSymbol;
  /** How often. */
  count: number;
  /** The positions where they do, or did before another merge. */
  positions: number[];
}

/** A pair with the count it had when it came into the queue. */
interface QueuedPair {
  readonly pair: Pair;
  readonly count: number;
}

const NONE = -1;

/** Words as linked lists of symbols, and the pairs in them by frequency, kept up to date from merge to merge. */
export class MergingWords {
  readonly #maxPieceLength: number;
  readonly #symbols: MergedSymbol[];
  readonly #symbolOfText: Map<string, number>;
  readonly #pairs: (Pair | undefined)[] = [];
  readonly #pairOf = new PairMap();
  readonly #queue = new Heap<QueuedPair>(comesBefore);
  /** Pairs that became more frequent in the merge that goes on. */
  readonly #grown = new Set<Pair>();
  // By position:
  readonly #symbolAt: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #weight: Float64Array;

  private constructor({ alphabet, symbols, starts, counts }: WordTable, maxPieceLength: number) {
    this.#maxPieceLength = maxPieceLength;
    this.#symbols = alphabet.map((text) => ({ text, length: 1, script: scriptOf(text) }));
    this.#symbolOfText = new Map(alphabet.map((text, symbol) => [text, symbol]));
    this.#symbolAt = symbols.slice();
    this.#next = symbols.map((_, position) => position + 1);
    this.#previous = symbols.map((_, position) => position - 1);
    this.#weight = new Float64Array(symbols.length);
    counts.forEach((count, word) => {
      const [start = 0, end = 0] = starts.subarray(word, word + 2);
      this.#previous[start] = NONE;
      this.#next[end - 1] = NONE;
      this.#weight.fill(count, start, end);
    });
  }

  /** Counts the pairs of all words. */
  static async of(table: WordTable, maxPieceLength: number, pause: Pause): Promise<MergingWords> {
    const words = new MergingWords(table, maxPieceLength);
    for (const position of words.#symbolAt.keys()) {
      words.#count(position, 1);
      if (position % 1024 === 0) await pause();
    }
    words.#enqueueGrown();
    return words;
  }

  /** Merges the most frequent pair and returns its text; undefined when none occurs twice. */
  mergeMostFrequent(): string | undefined {
    for (let queued = this.#queue.pop(); queued !== undefined; queued = this.#queue.pop()) {
      const { pair, count } = queued;
      if (pair.count === count) {
        this.#merge(pair);
        return pair.merged.text;
      }
      if (pair.count < count) this.#enqueue(pair);
    }
    return undefined;
  }

  #merge(pair: Pair): void {
    const { left, right, merged } = pair;
    const symbol = this.#symbolOfText.get(merged.text) ?? this.#symbols.push(merged) - 1;
    this.#symbolOfText.set(merged.text, symbol);
    // From left to right: of aaa the first two are merged.
    for (const position of pair.positions.sort((a, b) => a - b)) {
      const second = this.#next[position] ?? NONE;
      if (this.#symbolAt[position] !== left || this.#symbolAt[second] !== right) continue;
      const before = this.#previous[position] ?? NONE;
      this.#count(before, -1);
      this.#count(position, -1);
      this.#count(second, -1);
      this.#symbolAt[position] = symbol;
      this.#symbolAt[second] = NONE;
      const after = this.#next[second] ?? NONE;
      this.#next[position] = after;
      if (after !== NONE) this.#previous[after] = position;
      this.#count(before, 1);
      this.#count(position, 1);
    }
    pair.positions = [];
    this.#enqueueGrown();
  }

  /** Counts the pair that begins at a position, if any, as often as its word occurs; `sign` −1 takes that away. */
  #count(position: number, sign: 1 | -1): void {
    const next = this.#next[position] ?? NONE;
    if (next === NONE) return;
    const pair = this.#pairAt(position, next);
    if (pair === undefined) return;
    pair.count += sign * (this.#weight[position] ?? 0);
    if (sign === -1) return;
    pair.positions.push(position);
    this.#grown.add(pair);
  }

  /** Undefined when the two may not be merged. */
  #pairAt(position: number, next: number): Pair | undefined {
    const left = this.#symbolAt[position] ?? NONE;
    const right = this.#symbolAt[next] ?? NONE;
    const known = this.#pairOf.get(left, right);
    if (known !== NONE) return this.#pairs[known];
    const merged = this.#concatenate(left, right);
    const pair = merged && { left, right, merged, count: 0, positions: [] };
    this.#pairOf.add(left, right, this.#pairs.push(pair) - 1);
    return pair;
  }

  #concatenate(left: number, right: number): MergedSymbol | undefined {
    const [a, b] = [this.#symbols[left], this.#symbols[right]];
    if (!a || !b || a.length + b.length > this.#maxPieceLength) return undefined;
    const script = commonScript(a.script, b.script);
    return script === undefined ? undefined : { text: a.text + b.text, length: a.length + b.length, script };
  }

  #enqueueGrown(): void {
    for (const pair of this.#grown) this.#enqueue(pair);
    this.#grown.clear();
  }

  #enqueue(pair: Pair): void {
    if (pair.count >= 2) this.#queue.push({ pair, count: pair.count });
  }
}

/** Of pairs that are equally frequent the shorter one comes first, then the one whose text does. */
function comesBefore(a: QueuedPair, b: QueuedPair): boolean {
  if (a.count !== b.count) return a.count > b.count;
  const [first, second] = [a.pair.merged, b.pair.merged];
  if (first.length !== second.length) return first.length < second.length;
  return first.text < second.text;
}
