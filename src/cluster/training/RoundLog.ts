import type { Cluster, Kept } from '../Cluster.js';
import type { TensorReference } from './tensors.js';

/** Batches of a piece that a member learned from: those behind the first `from`, up to the first `to`. */
export interface LearnedPiece {
  readonly epoch: number;
  readonly piece: string;
  readonly from: number;
  readonly to: number;
  /** Whether these are the last ones. */
  readonly isWhole: boolean;
}

/** What a member offers for a round: its weights, and what they learned from. */
export interface Offer {
  readonly id: string;
  readonly member: string;
  readonly round: number;
  readonly steps: number;
  readonly pieces: readonly LearnedPiece[];
  /** The new weights; in half precision, their difference from those that the round began with. */
  readonly weights: TensorReference;
}

/** A round, as it is in the log. */
export interface RoundEntry {
  /** Which one; 0 is where all begins. */
  readonly round: number;
  /** What all members begin the next round with. */
  readonly weights: TensorReference;
  readonly slots: Readonly<Record<string, TensorReference>>;
  /** Who closed it. */
  readonly by: string;
  /** How long it took, as that one saw it. */
  readonly seconds: number;
  /** Whose weights are in it, in the order in which they came. */
  readonly contributions: readonly Omit<Offer, 'weights' | 'round'>[];
}

/** How many of the last rounds tell how long the next one takes. */
const LATELY = 5;

/**
 * The log of rounds: one subject, appended to by compare-and-set, so that all members see the same rounds. It is the ledger of
 * pieces, too: what a contribution learned from counts once, since its batches must follow those that the log has.
 */
export class RoundLog {
  readonly #cluster: Cluster;
  readonly #entries = new Map<number, RoundEntry>();
  /** By epoch and piece. */
  readonly #learned = new Map<number, Map<string, LearnedPiece>>();
  readonly #whole = new Map<number, number>();
  readonly #seconds: number[] = [];
  #head: RoundEntry | undefined;
  #sequence = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** The last round; nothing before the first one. */
  get head(): RoundEntry | undefined {
    return this.#head;
  }

  /** Seconds that rounds have lately taken, their median; `undefined` where there were none. */
  get lately(): number | undefined {
    return [...this.#seconds].sort((a, b) => a - b)[Math.floor(this.#seconds.length / 2)];
  }

  /** A round that was among the last ones, when they were read. */
  entry(round: number): RoundEntry | undefined {
    return this.#entries.get(round);
  }

  /** How many batches of a piece count, and whether it is done. */
  learned(epoch: number, piece: string): { readonly to: number; readonly isWhole: boolean } {
    return this.#learned.get(epoch)?.get(piece) ?? { to: 0, isWhole: false };
  }

  /** How many pieces of an epoch are done. */
  whole(epoch: number): number {
    return this.#whole.get(epoch) ?? 0;
  }

  /** Whether batches follow those that count. */
  follows({ epoch, piece, from }: LearnedPiece): boolean {
    const { to, isWhole } = this.learned(epoch, piece);
    return from === to && !isWhole;
  }

  /** Reads the rounds that are new: one question where there is one, or none. */
  async catchUp(): Promise<void> {
    const last = await this.#cluster.last('rounds', this.#subject());
    if (!last) return;
    const entry = entryOf(last);
    // Who was away has missed some.
    while (this.#sequence < last.seq && entry.round > (this.#head?.round ?? -1) + 1) {
      const missed = await this.#cluster.next('rounds', this.#subject(), this.#sequence + 1);
      if (!missed) return;
      this.#take(missed.seq, entryOf(missed));
    }
    this.#take(last.seq, entry);
  }

  /** Adds a round behind the last one; false where somebody else has. */
  async append(entry: RoundEntry): Promise<boolean> {
    const data = Buffer.from(JSON.stringify(entry));
    const { isOurs, seq } = await this.#cluster.append('rounds', this.#subject(), data, this.#sequence);
    if (isOurs) this.#take(seq, entry);
    else await this.catchUp();
    return isOurs;
  }

  #subject(): string {
    return this.#cluster.subject('rounds', 'log');
  }

  #take(sequence: number, entry: RoundEntry): void {
    if (sequence <= this.#sequence) return;
    this.#sequence = sequence;
    this.#head = entry;
    this.#entries.set(entry.round, entry);
    this.#entries.delete(entry.round - 100);
    if (entry.contributions.some(({ steps }) => steps > 0)) this.#seconds.push(entry.seconds);
    if (this.#seconds.length > LATELY) this.#seconds.shift();
    for (const { pieces } of entry.contributions)
      for (const one of pieces) {
        const learned = this.#learned.get(one.epoch) ?? new Map<string, LearnedPiece>();
        this.#learned.set(one.epoch, learned.set(one.piece, one));
        if (one.isWhole) this.#whole.set(one.epoch, this.whole(one.epoch) + 1);
      }
  }
}

function entryOf({ data }: Kept): RoundEntry {
  return JSON.parse(Buffer.from(data).toString());
}
