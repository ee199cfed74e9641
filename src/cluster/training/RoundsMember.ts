import type { Consumer, JsMsg } from '@nats-io/jetstream';
import type { Subscription } from '@nats-io/transport-node';
import { ClusterError, InvalidArgumentError } from '../../errors.js';
import type { Batch } from '../../pipeline/Batch.js';
import { pipeline } from '../../pipeline/pipeline.js';
import type { Rounds, RoundsModel, RoundsPlace } from '../../run/Rounds.js';
import type { Cluster } from '../Cluster.js';
import { ensureConsumer } from '../ensureConsumer.js';
import { nextMessage, pieceOf } from '../fromJetStream.js';
import { shardedOf } from '../Ledger.js';
import { OpenLeases } from '../OpenLeases.js';
import type { Piece } from '../Piece.js';
import { type MemberNote, Presence, presentMembers } from '../Presence.js';
import { closeRound } from './closeRound.js';
import type { OuterOptimizer } from './OuterOptimizer.js';
import { type LearnedPiece, type Offer, RoundLog } from './RoundLog.js';
import { getTensor, putTensor, removeTensor } from './tensors.js';
import { WeightLayout } from './WeightLayout.js';

/** Milliseconds between two looks at a round that somebody else may close; most news comes by itself. */
const LOOK = 300;
/** Milliseconds after which others close a round that its first contributor has left open. */
const STEP_IN = 2000;
/** Milliseconds that are waited for others at least, and as long as nobody knows how long a round takes. */
const LEAST_DEADLINE = 1000;
const FIRST_DEADLINE = 60_000;

/** What a member of a training in rounds works by. */
export interface MemberOptions {
  readonly every: number;
  readonly outer: OuterOptimizer;
  readonly batches: (piece: Piece, epoch: number) => AsyncIterable<Batch>;
  readonly open: number;
  readonly float16: boolean;
  /** What tests break, to see that it is needed. */
  readonly faults?: { readonly noLedger?: boolean; readonly earlyAck?: boolean } | undefined;
}

/** A piece that is learned from now. */
interface CurrentPiece {
  readonly epoch: number;
  readonly piece: Piece;
  /** Batches that count, and those that were learned from. */
  from: number;
  to: number;
  isWhole: boolean;
}

/** One member of a training in rounds, over JetStream. */
export class RoundsMember implements Rounds {
  readonly #cluster: Cluster;
  readonly #options: MemberOptions;
  readonly #log: RoundLog;
  readonly #open = new OpenLeases();
  /** The messages of pieces that are held: of the current one, and of those that are whole and wait for their round. */
  readonly #held = new Map<string, JsMsg>();
  /** What was learned since the round began, by piece. */
  readonly #learned = new Map<string, LearnedPiece>();
  #model: RoundsModel | undefined;
  #layout: WeightLayout | undefined;
  #presence: Presence | undefined;
  #news: Subscription | undefined;
  #wake = (): void => {};
  /** The round whose weights the model has, and these. */
  #round = -1;
  #before: Float32Array = new Float32Array(0);
  #weightsId = '';
  /** The newest weights, where this member made them, and need not read them. */
  #made: { readonly id: string; readonly weights: Float32Array } | undefined;
  #roundBegan = performance.now();
  #steps = 0;
  #current: CurrentPiece | undefined;
  /** What the batch that came last makes of the current piece, once it was learned from. */
  #pending: (() => void) | undefined;
  #lastPiece: string | undefined;
  #isOver = false;
  /** Settles when nothing is being done for `batches`. */
  #resting: Promise<void> = Promise.resolve();
  #rest = (): void => {};

  constructor(cluster: Cluster, options: MemberOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#log = new RoundLog(cluster);
  }

  get place(): RoundsPlace {
    return { member: this.#cluster.member, round: Math.max(0, this.#round), piece: this.#lastPiece };
  }

  /** How many pieces of an epoch all members have learned from, and how many there are, as far as this one knows. */
  async progress(epoch: number): Promise<{
    /** Those that are learned from whole. */
    readonly done: number;
    /** All of the job. */
    readonly pieces: number;
  }> {
    return { done: this.#log.whole(epoch), pieces: await this.#cluster.count('pieces') };
  }

  /** The share of so many epochs that all members have learned from. */
  share(epochs: number, pieces: number): number {
    let done = 0;
    for (let epoch = 0; epoch < epochs; epoch++) done += this.#log.whole(epoch);
    return Math.min(1, done / Math.max(1, epochs * pieces));
  }

  async begin(model: RoundsModel): Promise<void> {
    const cluster = this.#cluster;
    const weights = model.weights();
    const layout = new WeightLayout(weights);
    this.#model = model;
    this.#layout = layout;
    await Promise.all([cluster.ensure('rounds'), cluster.ensure('tensors')]);
    await this.#checkSettings(layout);
    await this.#log.catchUp();
    if (!this.#log.head) {
      const first = await putTensor(cluster, layout.join(weights));
      const entry = { round: 0, weights: first, slots: {}, by: cluster.member, seconds: 0, contributions: [] };
      if (!(await this.#log.append(entry))) await removeTensor(cluster, first);
    }
    this.#news = cluster.connection.subscribe(cluster.subject('rounds', '>'), { callback: () => this.#wake() });
    this.#presence = new Presence(cluster, () => ({
      ...{ task: 'train', open: this.#held.size },
      // Who has nothing to learn from is not waited for.
      round: this.#current || this.#learned.size > 0 ? this.#round : undefined,
    }));
    await this.#loadHead();
  }

  /** As a function that may be handed on: `fit(model, { batches: rounds.batches, rounds, … })`. */
  readonly batches = (epoch: number): AsyncIterable<Batch> => ({
    [Symbol.asyncIterator]: () => this.#batches(epoch),
  });

  learned(): void {
    this.#pending?.();
    this.#pending = undefined;
  }

  async end(failed: boolean): Promise<void> {
    this.#isOver = true;
    this.#wake();
    await this.#resting;
    try {
      if (failed) return;
      if (this.#learned.size > 0) await this.#exchange();
      this.#giveBack();
      await this.#loadHead();
    } finally {
      this.#giveBack();
      this.#open.giveBack();
      this.#news?.unsubscribe();
      await this.#presence?.end();
      await this.#cluster.close();
    }
  }

  async *#batches(epoch: number): AsyncGenerator<Batch, void, undefined> {
    this.#work();
    try {
      const { consumer, pieces } = await this.#consumer(epoch);
      for (;;) {
        const current = await this.#nextPiece(epoch, consumer, pieces);
        if (!current) return;
        yield* this.#batchesOf(current);
      }
    } finally {
      this.#rest();
    }
  }

  /** The batches of a piece that do not count yet, until it is over, or another member's. */
  async *#batchesOf(current: CurrentPiece): AsyncGenerator<Batch, void, undefined> {
    const { epoch, piece } = current;
    const items = pipeline(this.#options.batches(piece, epoch))[Symbol.asyncIterator]();
    try {
      let next = await items.next();
      for (let skipped = 0; skipped < current.from; skipped++) {
        if (next.done) throw new ClusterError(`Expected ${piece.name} to give the same batches each time, got fewer`);
        next = await items.next();
      }
      // Without a batch, it is learned from as soon as the others hear of it.
      if (next.done) this.#learnedFrom(current, current.from, true);
      while (!next.done && this.#current === current) {
        const batch = next.value;
        next = await items.next();
        const isWhole = next.done === true;
        this.#pending = () => {
          this.#steps++;
          this.#learnedFrom(current, current.to + 1, isWhole);
        };
        this.#rest();
        yield batch;
        this.#work();
        if (this.#isOver) return;
        if (this.#steps >= this.#options.every) await this.#exchange();
      }
    } finally {
      await items.return();
      if (this.#current === current && current.isWhole) this.#current = undefined;
    }
  }

  #learnedFrom(current: CurrentPiece, to: number, isWhole: boolean): void {
    const { epoch, piece, from } = current;
    current.to = to;
    current.isWhole = isWhole;
    this.#lastPiece = piece.name;
    this.#learned.set(piece.id, { epoch, piece: piece.id, from, to, isWhole });
  }

  /** The next piece to learn from; nothing when the epoch is over, or this member stops. */
  async #nextPiece(epoch: number, consumer: Consumer, pieces: number): Promise<CurrentPiece | undefined> {
    while (!this.#isOver) {
      // With no more leases to get, what was learned is given to the others, and these come free.
      if (this.#held.size >= this.#options.open) {
        await this.#exchange();
        continue;
      }
      const message = await nextMessage(this.#cluster, consumer, 0);
      if (message) {
        const current = await this.#take(epoch, message);
        if (current) return current;
        continue;
      }
      if (this.#learned.size > 0) {
        await this.#exchange();
        continue;
      }
      // Others hold what is left.
      await this.#loadHead();
      if (this.#log.whole(epoch) >= pieces) return undefined;
      await this.#newsOr(LOOK);
    }
    return undefined;
  }

  async #take(epoch: number, message: JsMsg): Promise<CurrentPiece | undefined> {
    const piece = pieceOf(this.#cluster, message);
    const key = piece.id;
    const before = this.#held.get(key);
    if (before) {
      // It came back, as this process hung, while what was learned from it waits for its round.
      this.#open.settle(before);
      this.#held.set(key, message);
      this.#open.add(message);
      return undefined;
    }
    this.#held.set(key, message);
    this.#open.add(message);
    if (this.#options.faults?.earlyAck) await this.#cluster.persist('hear of a piece', () => message.ackAck());
    if (this.#held.size === 1 && this.#learned.size === 0) await this.#loadHead();
    else await this.#log.catchUp();
    const { to, isWhole } = this.#log.learned(epoch, key);
    if (isWhole && !this.#options.faults?.noLedger) {
      await this.#done(key);
      return undefined;
    }
    const from = this.#options.faults?.noLedger ? 0 : to;
    this.#current = { epoch, piece, from, to: from, isWhole: false };
    void this.#presence?.say();
    return this.#current;
  }

  /** Gives what was learned to the others, waits for the round to close, and goes on from its weights. */
  async #exchange(): Promise<void> {
    const cluster = this.#cluster;
    const { model, layout } = this.#begun();
    const round = this.#round;
    const steps = this.#steps;
    const pieces = [...this.#learned.values()];
    await this.#log.catchUp();
    if ((this.#log.head?.round ?? 0) > round) {
      // Too late: the others went on.
      this.#giveBack();
      await this.#loadHead();
      return;
    }
    const weights = layout.join(model.weights());
    const before = this.#before;
    const reference = this.#options.float16
      ? await putTensor(
          cluster,
          weights.map((weight, at) => weight - (before[at] ?? 0)),
          'float16',
        )
      : await putTensor(cluster, weights);
    const id = reference.id;
    const offer: Offer = { id, member: cluster.member, round, steps, pieces, weights: reference };
    await cluster.putOnce('rounds', cluster.subject('rounds', 'offer', round, id), JSON.stringify(offer));
    await this.#waitForRound(round, { id, weights });
    const isIn = this.#log.entry(round + 1)?.contributions.some((one) => one.id === id) ?? false;
    this.#learned.clear();
    this.#steps = 0;
    if (isIn) for (const { piece, isWhole } of pieces) if (isWhole) await this.#done(piece);
    if (!isIn) {
      await removeTensor(cluster, reference);
      this.#giveBack();
    }
    await this.#loadHead();
    const current = this.#current;
    if (!current) return;
    current.from = current.to;
    // Somebody else may have gone on with it, where this process hung.
    if (!current.isWhole && this.#log.learned(current.epoch, current.piece.id).to !== current.to) this.#giveBack();
  }

  /** Waits until the round is closed, or closes it. */
  async #waitForRound(round: number, own: { readonly id: string; readonly weights: Float32Array }): Promise<void> {
    const log = this.#log;
    const began = performance.now();
    let full: number | undefined;
    for (;;) {
      await log.catchUp();
      if ((log.head?.round ?? 0) > round) return;
      const [offers, members] = await Promise.all([this.#offers(round), presentMembers(this.#cluster)]);
      const now = performance.now();
      const deadline = log.lately === undefined ? FIRST_DEADLINE : Math.max(LEAST_DEADLINE, 1000 * log.lately);
      if (now - began > deadline || haveAllOffered(round, offers, members)) full ??= now;
      else full = undefined;
      // The one that came first closes it; where it does not, any other may: the log takes one.
      if (full !== undefined && (offers[0]?.id === own.id || now - full > STEP_IN)) {
        const seconds = (now - this.#roundBegan) / 1000;
        const { outer, faults } = this.#options;
        const closed = await closeRound({
          ...{ cluster: this.#cluster, log, outer, before: this.#before, offers, own, seconds },
          noLedger: faults?.noLedger,
        });
        if (closed) this.#closed(closed);
        continue;
      }
      await this.#newsOr(LOOK);
    }
  }

  /** Keeps weights that this member made. */
  #closed(weights: Float32Array): void {
    const head = this.#log.head;
    // Unless another round has come meanwhile.
    if (head?.by !== this.#cluster.member || head.round !== this.#round + 1) return;
    this.#made = { id: head.weights.id, weights };
  }

  /** What is offered for a round, in the order in which it came. */
  async #offers(round: number): Promise<Offer[]> {
    const offers: Offer[] = [];
    const subject = this.#cluster.subject('rounds', 'offer', round, '*');
    for await (const { data } of this.#cluster.all('rounds', subject))
      offers.push(JSON.parse(Buffer.from(data).toString()));
    return offers;
  }

  /** Gives the model the newest weights, where it has others. */
  async #loadHead(): Promise<void> {
    const { model, layout } = this.#begun();
    for (;;) {
      await this.#log.catchUp();
      const head = this.#log.head;
      if (!head || head.round === this.#round) return;
      let weights: Float32Array;
      if (head.weights.id === this.#weightsId) weights = this.#before;
      else if (head.weights.id === this.#made?.id) weights = this.#made.weights;
      else
        try {
          weights = await getTensor(this.#cluster, head.weights);
        } catch (error) {
          await this.#log.catchUp();
          // They are gone, since there are newer ones.
          if (this.#log.head !== head) continue;
          throw error;
        }
      this.#made = undefined;
      this.#before = weights;
      this.#weightsId = head.weights.id;
      this.#round = head.round;
      this.#roundBegan = performance.now();
      model.assign(layout.split(weights));
      void this.#presence?.say();
      return;
    }
  }

  /** A piece whose round is in the log. */
  async #done(piece: string): Promise<void> {
    const message = this.#held.get(piece);
    this.#held.delete(piece);
    if (this.#current?.piece.id === piece) this.#current = undefined;
    if (!message) return;
    try {
      if (!this.#options.faults?.earlyAck)
        await this.#cluster.persist('hear that a piece is done', () => message.ackAck());
    } finally {
      this.#open.settle(message);
    }
  }

  /** Gives all pieces back: what was learned from them does not count. */
  #giveBack(): void {
    for (const message of this.#held.values()) this.#open.giveBack(message);
    this.#held.clear();
    this.#learned.clear();
    this.#steps = 0;
    this.#pending = undefined;
    this.#current = undefined;
  }

  /** The consumer of an epoch, whose leases are kept up from now on, and how many pieces there are; waits until they are cut. */
  async #consumer(epoch: number): Promise<{ consumer: Consumer; pieces: number }> {
    const cluster = this.#cluster;
    while (!this.#isOver) {
      const { pieces } = await shardedOf(cluster);
      const settings = await cluster.last('control', cluster.subject('control', 'settings'));
      if (pieces !== undefined && settings) {
        const { lease } = JSON.parse(Buffer.from(settings.data).toString()) as { lease: number };
        const name = `train-${epoch}`;
        await ensureConsumer(cluster, name, lease);
        this.#open.beatEvery((1000 * lease) / 4);
        const consumer = await cluster.persist('give pieces', () =>
          cluster.js.consumers.get(cluster.stream('pieces'), name),
        );
        return { consumer, pieces };
      }
      await this.#newsOr(1000);
    }
    throw new ClusterError(`Expected the pieces of ${cluster.name}, got none before the training ended`);
  }

  /** @throws {InvalidArgumentError} when the others train another model, or merge in another way. */
  async #checkSettings({ sha256, size }: WeightLayout): Promise<void> {
    const text = JSON.stringify({ weights: size, layout: sha256, outer: this.#options.outer.settings });
    const subject = this.#cluster.subject('rounds', 'settings');
    const { isOurs, data } = await this.#cluster.putOnce('rounds', subject, text);
    if (!isOurs)
      throw new InvalidArgumentError(
        `Expected a model and an outer optimizer like those of the other members of ${this.#cluster.name}, ${Buffer.from(data)}, got ${text}`,
        { options: ['outer'] },
      );
  }

  /** Waits for news of rounds, but no longer than that. */
  #newsOr(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake(), milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = () => {};
        resolve();
      };
    });
  }

  #begun(): { model: RoundsModel; layout: WeightLayout } {
    if (this.#model && this.#layout) return { model: this.#model, layout: this.#layout };
    throw new InvalidArgumentError('Expected rounds that have begun, got some that have not: fit begins them');
  }

  #work(): void {
    this.#rest();
    this.#resting = new Promise((resolve) => {
      this.#rest = resolve;
    });
  }
}

/** Whether all members that learn for a round have offered what they learned. */
function haveAllOffered(round: number, offers: readonly Offer[], members: ReadonlyMap<string, MemberNote>): boolean {
  const offered = new Set(offers.map(({ member }) => member));
  return [...members].every(([member, note]) => note.task !== 'train' || note.round !== round || offered.has(member));
}
