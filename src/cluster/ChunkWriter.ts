import { createHash } from 'node:crypto';
import type { Cluster, StreamKind } from './Cluster.js';
import type { BlobSize } from './Ledger.js';

/** Bytes of a message: half of what servers take by default. */
const CHUNK = 512_000;
/** Messages that are on their way, or wait for it, at once. */
const AT_ONCE = 16;

/**
 * Keeps bytes of any length as messages of at most 512 kB, each with its own subject, so that one that is sent twice is there once, and the order in
 * which they arrive does not matter.
 */
export class ChunkWriter {
  readonly #cluster: Cluster;
  readonly #kind: StreamKind;
  readonly #subject: string;
  readonly #hash = createHash('sha256');
  #held: Uint8Array[] = [];
  #length = 0;
  #chunks = 0;
  #onTheirWay: Promise<unknown>[] = [];

  /** The chunks get the subjects `SUBJECT.0`, `SUBJECT.1`, … */
  constructor(cluster: Cluster, kind: StreamKind, subject: string) {
    this.#cluster = cluster;
    this.#kind = kind;
    this.#subject = subject;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + CHUNK - this.#length);
      this.#held.push(piece);
      this.#length += piece.length;
      at += piece.length;
      if (this.#length === CHUNK) await this.#send();
    }
  }

  /** Sends what is left, and waits until all is kept. */
  async end(): Promise<BlobSize> {
    if (this.#length > 0) await this.#send();
    await Promise.all(this.#onTheirWay);
    return { chunks: this.#chunks, sha256: this.#hash.digest('hex') };
  }

  async #send(): Promise<void> {
    const [first, ...others] = this.#held;
    const chunk = first && others.length === 0 ? first : Buffer.concat(this.#held);
    const subject = `${this.#subject}.${this.#chunks++}`;
    this.#held = [];
    this.#length = 0;
    const sent = this.#cluster.putLarge(this.#kind, subject, chunk);
    // It is waited for later; until then, nobody else hears of its error.
    sent.catch(() => {});
    this.#onTheirWay.push(sent);
    if (this.#onTheirWay.length >= AT_ONCE) await this.#onTheirWay.shift();
  }
}
