import type { Cluster } from './Cluster.js';

/** What became of a piece: one entry a piece, for ever. */
export type LedgerEntry = DoneEntry | FailedEntry;

/** A piece whose results are kept. */
export interface DoneEntry {
  readonly outcome: 'done';
  /** Of the attempt whose results count; those of others are removed. */
  readonly attempt: string;
  readonly member: string;
  /** How many results there are. */
  readonly items: number;
  /** Bytes of the results, by partition: where they are in the stream of results. */
  readonly partitions?: readonly BlobSize[];
  /** The file that they are in, on the machine of the member. */
  readonly file?: { readonly name: string; readonly sha256: string };
}

/** How large a kept text is. */
export interface BlobSize {
  readonly chunks: number;
  readonly sha256: string;
}

/** A piece that failed too often, and was set aside. */
export interface FailedEntry {
  readonly outcome: 'failed';
  readonly attempt: string;
  readonly member: string;
  readonly error: string;
}

/** What became of the pieces of a job: kept by compare-and-set, so that nothing counts twice, however long ago it was. */
export class Ledger {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Enters what became of a piece; false where another attempt came before. */
  async enter(piece: string, entry: LedgerEntry): Promise<boolean> {
    const text = JSON.stringify(entry);
    if (entry.outcome === 'failed')
      // First, so that a failure that counts is always listed.
      await this.#cluster.put('control', this.#cluster.subject('control', 'failed', piece), piece);
    return (await this.#cluster.putOnce('ledger', this.#subject(piece), text)).isOurs;
  }

  /** What became of a piece; nothing as long as it is not done. */
  async entry(piece: string): Promise<LedgerEntry | undefined> {
    const found = await this.#cluster.last('ledger', this.#subject(piece));
    return found && (JSON.parse(Buffer.from(found.data).toString()) as LedgerEntry);
  }

  /** How many pieces have an entry. */
  count(): Promise<number> {
    return this.#cluster.count('ledger');
  }

  /** Whether all pieces are there, and each has an entry. */
  async isComplete(): Promise<boolean> {
    const { pieces } = await shardedOf(this.#cluster);
    return pieces !== undefined && (await this.count()) >= pieces;
  }

  /** The pieces that were set aside, with their errors. */
  async *failed(): AsyncGenerator<{ readonly piece: string; readonly error: string }> {
    for await (const { data } of this.#cluster.all('control', this.#cluster.subject('control', 'failed', '*'))) {
      const piece = Buffer.from(data).toString();
      const entry = await this.entry(piece);
      if (entry?.outcome === 'failed') yield { piece, error: entry.error };
    }
  }

  #subject(piece: string): string {
    return this.#cluster.subject('ledger', piece);
  }
}

/** How many pieces a job has; `undefined` as long as it is being cut. */
export async function shardedOf(cluster: Cluster): Promise<{ readonly pieces: number | undefined }> {
  const found = await cluster.last('control', cluster.subject('control', 'sharded'));
  return found ? JSON.parse(Buffer.from(found.data).toString()) : { pieces: undefined };
}
