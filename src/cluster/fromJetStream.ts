import { setTimeout } from 'node:timers/promises';
import type { Consumer, JsMsg } from '@nats-io/jetstream';
import type { AsyncIterableX } from 'ix/asynciterable';
import { asyncIterable } from '../decoding/asyncIterable.js';
import { ClusterError, checkNumber, checkSignal } from '../errors.js';
import type { Cluster } from './Cluster.js';
import { WORK } from './ensureConsumer.js';
import type { Lease } from './Lease.js';
import { Ledger } from './Ledger.js';
import { OpenLeases } from './OpenLeases.js';
import { Piece, type PieceReference } from './Piece.js';
import { Presence } from './Presence.js';
import { isMissing, reasonOf } from './persist.js';

/** Options of `fromJetStream`. */
export interface LeaseOptions {
  /** Pieces that may be open at once; the next one is waited for until one of them is settled. Default 4. */
  readonly open?: number | undefined;
  /** How often a piece may fail before it is set aside. Default 3. */
  readonly attempts?: number | undefined;
  /** Milliseconds before a piece that failed comes again; each time twice as long. Default 1,000. */
  readonly retryDelay?: number | undefined;
  /** Ends the leases; those that are open are given back. */
  readonly signal?: AbortSignal | undefined;
}

/** When a piece that failed comes again, and how often. */
interface Limits {
  readonly attempts: number;
  readonly retryDelay: number;
}

/** A piece whose workers died so much more often than a piece may fail is set aside: it may be what kills them. */
const DEATHS = 8;
/** Milliseconds that a server keeps a question for the next piece open. */
const WAIT = 1000;

/**
 * The pieces of a job, each under a lease, until all of them are done: by whomever. A lease is kept up by heart beats as long as this
 * process lives; when it dies or hangs, the piece goes to another worker. The holder of a lease settles it: `done()`, `retry()`, `failed()`.
 *
 *     for await (const lease of fromJetStream(cluster)) {
 *       await index(pipeline(readText(lease.value), splitSentences()));
 *       await lease.done();
 *     }
 *
 * A worker that begins before the pieces are there waits for them.
 *
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {ClusterError} (while reading) when servers are away for too long.
 */
export function fromJetStream(
  cluster: Cluster,
  { open = 4, attempts = 3, retryDelay = 1000, signal }: LeaseOptions = {},
): AsyncIterableX<Lease<Piece>> {
  checkNumber('open', open, { integer: true, min: 1 });
  checkNumber('attempts', attempts, { integer: true, min: 1 });
  checkNumber('retryDelay', retryDelay, { min: 0 });
  checkSignal(signal);
  return asyncIterable(() => leases(cluster, { open, attempts, retryDelay, signal }));
}

async function* leases(
  cluster: Cluster,
  {
    open: most,
    attempts,
    retryDelay,
    signal,
  }: Limits & { readonly open: number; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Lease<Piece>, void, undefined> {
  const ledger = new Ledger(cluster);
  const open = new OpenLeases();
  const presence = new Presence(cluster, () => ({ task: 'work', open: open.size }));
  try {
    const consumer = await consumerOf(cluster, WORK, signal);
    if (!consumer) return;
    open.beatEvery(consumer.lease / 4);
    while (!signal?.aborted) {
      await open.fewerThan(most, signal);
      if (signal?.aborted) return;
      const message = await nextMessage(cluster, consumer.consumer, WAIT);
      if (!message) {
        if (open.size === 0 && (await ledger.isComplete())) return;
        continue;
      }
      const lease = new OpenPiece(cluster, ledger, open, message, { attempts, retryDelay });
      open.add(message);
      if (message.info.deliveryCount > 1 && (await lease.isSettled())) continue;
      yield lease;
    }
  } finally {
    open.giveBack();
    await presence.end();
  }
}

/** A consumer of the pieces, and the milliseconds of its leases, when it is there; nothing when the signal comes first. */
export async function consumerOf(
  cluster: Cluster,
  name: string,
  signal?: AbortSignal,
): Promise<{ consumer: Consumer; lease: number } | undefined> {
  while (!signal?.aborted) {
    const found = await cluster.persist('give pieces', async () => {
      try {
        const consumer = await cluster.js.consumers.get(cluster.stream('pieces'), name);
        const { config } = await consumer.info();
        return { consumer, lease: (config.ack_wait ?? 60e9) / 1e6 };
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
    if (found) return found;
    await setTimeout(500, undefined, signal ? { signal } : {}).catch(() => {});
  }
  return undefined;
}

/** The next piece, or nothing where none came for so long. */
export function nextMessage(cluster: Cluster, consumer: Consumer, wait: number): Promise<JsMsg | null> {
  return cluster.persist('give pieces', () => consumer.next({ expires: Math.max(WAIT, wait) }));
}

/** The piece that a message refers to. */
export function pieceOf(cluster: Cluster, message: JsMsg): Piece {
  const id = message.subject.split('.').at(-1) ?? '';
  return new Piece(cluster, id, message.seq, message.json<PieceReference>());
}

class OpenPiece implements Lease<Piece> {
  readonly value: Piece;
  readonly delivery: number;
  readonly #cluster: Cluster;
  readonly #ledger: Ledger;
  readonly #open: OpenLeases;
  readonly #message: JsMsg;
  readonly #limits: Limits;

  constructor(cluster: Cluster, ledger: Ledger, open: OpenLeases, message: JsMsg, limits: Limits) {
    this.value = pieceOf(cluster, message);
    this.delivery = message.info.deliveryCount;
    this.#cluster = cluster;
    this.#ledger = ledger;
    this.#open = open;
    this.#message = message;
    this.#limits = limits;
  }

  /** Whether nothing is left to do: it is done already, or its workers died too often. */
  async isSettled(): Promise<boolean> {
    if (await this.#ledger.entry(this.value.id)) {
      await this.done();
      return true;
    }
    if (this.delivery <= DEATHS * this.#limits.attempts) return false;
    await this.reject(new ClusterError(`Expected a worker that lives, got ${this.delivery - 1} that died or hung`));
    return true;
  }

  async done(): Promise<boolean> {
    try {
      return await this.#cluster.persist('hear that a piece is done', () => this.#message.ackAck());
    } catch {
      return false;
    } finally {
      this.#open.settle(this.#message);
    }
  }

  retry(delay = 0): void {
    this.#open.giveBack(this.#message, delay);
  }

  async reject(error: unknown): Promise<void> {
    const { member } = this.#cluster;
    const attempt = this.#cluster.packages.transport.nuid.next();
    await this.#ledger.enter(this.value.id, { outcome: 'failed', attempt, member, error: reasonOf(error) });
    await this.done();
  }

  async failed(error: unknown): Promise<'retried' | 'rejected'> {
    // Deliveries are no failures: a worker may have been killed for reasons of its own.
    const subject = this.#cluster.subject('control', 'failures', this.value.id);
    const before = await this.#cluster.last('control', subject);
    const failures = 1 + (before ? Number(Buffer.from(before.data).toString()) : 0);
    if (failures >= this.#limits.attempts) {
      await this.reject(error);
      return 'rejected';
    }
    await this.#cluster.put('control', subject, String(failures));
    this.retry(this.#limits.retryDelay * 2 ** (failures - 1));
    return 'retried';
  }
}
