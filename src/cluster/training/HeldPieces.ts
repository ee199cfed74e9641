import type { JsMsg } from '@nats-io/jetstream';
import type { Cluster } from '../Cluster.js';
import { OpenLeases } from '../OpenLeases.js';
import type { Piece } from '../Piece.js';
import type { LearnedPiece } from './RoundLog.js';

/** A piece that is learned from now. */
export interface CurrentPiece {
  readonly epoch: number;
  readonly piece: Piece;
  /** Batches that count, and those that were learned from. */
  from: number;
  to: number;
  isWhole: boolean;
}

/** The pieces that a member of a training holds, and what it has learned from them since its round began. */
export class HeldPieces {
  readonly #cluster: Cluster;
  readonly #earlyAck: boolean;
  readonly #open = new OpenLeases();
  /** The messages of the current piece, and of those that are whole and wait for their round. */
  readonly #messages = new Map<string, JsMsg>();
  readonly #learned = new Map<string, LearnedPiece>();
  #steps = 0;
  #current: CurrentPiece | undefined;

  constructor(cluster: Cluster, earlyAck: boolean) {
    this.#cluster = cluster;
    this.#earlyAck = earlyAck;
  }

  /** How many there are. */
  get size(): number {
    return this.#messages.size;
  }

  /** The one that is learned from now. */
  get current(): CurrentPiece | undefined {
    return this.#current;
  }

  /** Steps since the round began. */
  get steps(): number {
    return this.#steps;
  }

  /** What was learned since the round began, by piece. */
  get learned(): readonly LearnedPiece[] {
    return [...this.#learned.values()];
  }

  /** Keeps leases up from now on, with a word every so many milliseconds. */
  beatEvery(milliseconds: number): void {
    this.#open.beatEvery(milliseconds);
  }

  /** Takes a piece; false where it is held, and came back as this process hung. */
  async take(piece: string, message: JsMsg): Promise<boolean> {
    const before = this.#messages.get(piece);
    if (before) this.#open.settle(before);
    this.#messages.set(piece, message);
    this.#open.add(message);
    if (before) return false;
    if (this.#earlyAck) await this.#cluster.persist('hear of a piece', () => message.ackAck());
    return true;
  }

  /** Begins to learn from a piece, behind the batches that count. */
  begin(epoch: number, piece: Piece, from: number): CurrentPiece {
    this.#current = { epoch, piece, from, to: from, isWhole: false };
    return this.#current;
  }

  /** So many batches of a piece were learned from now. */
  learn(current: CurrentPiece, to: number, isWhole: boolean): void {
    const { epoch, piece, from } = current;
    current.to = to;
    current.isWhole = isWhole;
    this.#learned.set(piece.id, { epoch, piece: piece.id, from, to, isWhole });
  }

  /** Another step was made. */
  step(): void {
    this.#steps++;
  }

  /** The piece is over: another one comes. */
  end(current: CurrentPiece): void {
    if (this.#current === current && current.isWhole) this.#current = undefined;
  }

  /** A new round begins: what was learned so far counts. */
  beginRound(): void {
    this.#learned.clear();
    this.#steps = 0;
    if (this.#current) this.#current.from = this.#current.to;
  }

  /** A piece is learned from whole, and its round is in the log. */
  async done(piece: string): Promise<void> {
    const message = this.#messages.get(piece);
    this.#messages.delete(piece);
    if (this.#current?.piece.id === piece) this.#current = undefined;
    if (!message) return;
    try {
      if (!this.#earlyAck) await this.#cluster.persist('hear that a piece is done', () => message.ackAck());
    } finally {
      this.#open.settle(message);
    }
  }

  /** Gives all pieces back: what was learned from them since the round began does not count. */
  giveBack(): void {
    for (const message of this.#messages.values()) this.#open.giveBack(message);
    this.#messages.clear();
    this.#learned.clear();
    this.#steps = 0;
    this.#current = undefined;
  }

  /** Gives back what is left, and says nothing more. */
  close(): void {
    this.giveBack();
    this.#open.giveBack();
  }
}
