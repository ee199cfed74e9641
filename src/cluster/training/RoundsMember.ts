import type { Consumer, JsMsg } from '@nats-io/jetstream';
import { ClusterError, InvalidArgumentError } from '../../errors.js';
import type { Batch } from '../../pipeline/Batch.js';
import { pipeline } from '../../pipeline/pipeline.js';
import type { Rounds, RoundsModel, RoundsPlace } from '../../run/Rounds.js';
import type { Cluster } from '../Cluster.js';
import { ensureConsumer } from '../ensureConsumer.js';
import { nextMessage, pieceOf } from '../fromJetStream.js';
import { shardedOf } from '../Ledger.js';
import type { Piece } from '../Piece.js';
import { type CurrentPiece, HeldPieces } from './HeldPieces.js';
import type { OuterOptimizer } from './OuterOptimizer.js';
import { RoundLog } from './RoundLog.js';
import { RoundTable } from './RoundTable.js';
import { putTensor, removeTensor } from './tensors.js';
import { WeightLayout } from './WeightLayout.js';

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

/** What a member has from `begin` on. */
interface Begun {
  readonly model: RoundsModel;
  readonly layout: WeightLayout;
  readonly table: RoundTable;
}

/** One member of a training in rounds, over JetStream. */
export class RoundsMember implements Rounds {
  readonly #cluster: Cluster;
  readonly #options: MemberOptions;
  readonly #log: RoundLog;
  readonly #held: HeldPieces;
  #begun: Begun | undefined;
  /** The round whose weights the model has, and these. */
  #round = -1;
  #before: Float32Array = new Float32Array(0);
  #weightsId = '';
  #roundBegan = performance.now();
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
    this.#held = new HeldPieces(cluster, options.faults?.earlyAck ?? false);
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
    const { outer, faults } = this.#options;
    const weights = model.weights();
    const layout = new WeightLayout(weights);
    await Promise.all([cluster.ensure('rounds'), cluster.ensure('tensors')]);
    await this.#checkSettings(layout);
    await this.#log.catchUp();
    if (!this.#log.head) {
      const first = await putTensor(cluster, layout.join(weights));
      const entry = { round: 0, weights: first, slots: {}, by: cluster.member, seconds: 0, contributions: [] };
      if (!(await this.#log.append(entry))) await removeTensor(cluster, first);
    }
    const held = this.#held;
    const table = new RoundTable(cluster, this.#log, {
      ...{ outer, noLedger: faults?.noLedger ?? false },
      note: () => ({
        ...{ task: 'train', open: held.size },
        // Who has nothing to learn from is not waited for.
        round: held.current || held.learned.length > 0 ? this.#round : undefined,
      }),
    });
    this.#begun = { model, layout, table };
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
    const table = this.#begun?.table;
    this.#isOver = true;
    table?.wake();
    await this.#resting;
    try {
      if (failed) return;
      if (this.#held.learned.length > 0) await this.#exchange();
      this.#giveBack();
      await this.#loadHead();
    } finally {
      this.#held.close();
      await table?.leave();
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
      while (!next.done && this.#held.current === current) {
        const batch = next.value;
        next = await items.next();
        const isWhole = next.done === true;
        this.#pending = () => {
          this.#held.step();
          this.#learnedFrom(current, current.to + 1, isWhole);
        };
        this.#rest();
        yield batch;
        this.#work();
        if (this.#isOver) return;
        if (this.#held.steps >= this.#options.every) await this.#exchange();
      }
    } finally {
      await items.return();
      this.#held.end(current);
    }
  }

  #learnedFrom(current: CurrentPiece, to: number, isWhole: boolean): void {
    this.#lastPiece = current.piece.name;
    this.#held.learn(current, to, isWhole);
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
      if (this.#held.learned.length > 0) {
        await this.#exchange();
        continue;
      }
      // Others hold what is left.
      await this.#loadHead();
      if (this.#log.whole(epoch) >= pieces) return undefined;
      await this.#table.newsOr();
    }
    return undefined;
  }

  async #take(epoch: number, message: JsMsg): Promise<CurrentPiece | undefined> {
    const piece = pieceOf(this.#cluster, message);
    const held = this.#held;
    if (!(await held.take(piece.id, message))) return undefined;
    if (held.size === 1 && held.learned.length === 0) await this.#loadHead();
    else await this.#log.catchUp();
    const { to, isWhole } = this.#log.learned(epoch, piece.id);
    const isBroken = this.#options.faults?.noLedger === true;
    if (isWhole && !isBroken) {
      await held.done(piece.id);
      return undefined;
    }
    const current = held.begin(epoch, piece, isBroken ? 0 : to);
    this.#table.say();
    return current;
  }

  /** Gives what was learned to the others, waits for the round to close, and goes on from its weights. */
  async #exchange(): Promise<void> {
    const { model, layout, table } = this.#all;
    const { steps, learned: pieces } = this.#held;
    const isIn = await table.exchange({
      ...{ round: this.#round, steps, pieces, weights: layout.join(model.weights()) },
      ...{ before: this.#before, began: this.#roundBegan, float16: this.#options.float16 },
    });
    if (isIn) {
      this.#held.beginRound();
      await Promise.all(pieces.map(({ piece, isWhole }) => isWhole && this.#held.done(piece)));
    } else this.#giveBack();
    await this.#load();
    const current = this.#held.current;
    // Somebody else may have gone on with it, where this process hung.
    if (current && !current.isWhole && this.#log.learned(current.epoch, current.piece.id).to !== current.to)
      this.#giveBack();
  }

  /** Gives the model the newest weights, where it has others. */
  async #loadHead(): Promise<void> {
    await this.#log.catchUp();
    await this.#load();
  }

  /** Gives the model the weights of the log's last round, as far as it was read, where it has others. */
  async #load(): Promise<void> {
    const { model, layout, table } = this.#all;
    for (;;) {
      const head = this.#log.head;
      if (!head || head.round === this.#round) return;
      let weights = this.#before;
      if (head.weights.id !== this.#weightsId)
        try {
          weights = await table.numbers(head.weights);
        } catch (error) {
          await this.#log.catchUp();
          // They are gone, since there are newer ones.
          if (this.#log.head !== head) continue;
          throw error;
        }
      this.#before = weights;
      this.#weightsId = head.weights.id;
      this.#round = head.round;
      this.#roundBegan = performance.now();
      model.assign(layout.split(weights));
      table.say();
      return;
    }
  }

  /** Gives all pieces back: what was learned from them does not count. */
  #giveBack(): void {
    this.#held.giveBack();
    this.#pending = undefined;
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
        this.#held.beatEvery((1000 * lease) / 4);
        const consumer = await cluster.persist('give pieces', () =>
          cluster.js.consumers.get(cluster.stream('pieces'), name),
        );
        return { consumer, pieces };
      }
      await this.#table.newsOr(1000);
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

  get #all(): Begun {
    if (this.#begun) return this.#begun;
    throw new InvalidArgumentError('Expected rounds that have begun, got some that have not: fit begins them');
  }

  get #table(): RoundTable {
    return this.#all.table;
  }

  #work(): void {
    this.#rest();
    this.#resting = new Promise((resolve) => {
      this.#rest = resolve;
    });
  }
}
