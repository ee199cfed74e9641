import type { AsyncIterableX } from 'ix/asynciterable';
import { asyncIterable } from '../decoding/asyncIterable.js';
import { ClusterError } from '../errors.js';
import type { Cluster } from './Cluster.js';
import { type DoneEntry, Ledger } from './Ledger.js';
import type { LeasedResults } from './mapLeases.js';
import type { Piece } from './Piece.js';
import { reasonOf } from './persist.js';

/** What became of a piece under its lease. */
export interface SettledPiece {
  /** What was read. */
  readonly piece: Piece;
  /**
   * `stored`: its results count; `already`: those of another worker count, and these were removed; `retried`: it failed, and comes
   * again; `rejected`: it failed too often, and is set aside.
   */
  readonly outcome: 'stored' | 'already' | 'retried' | 'rejected';
  /** How many results there were. */
  readonly items: number;
  /** Why it failed. */
  readonly error?: string | undefined;
}

/** How results of an attempt are kept, and removed again where those of another attempt count. */
export interface ResultStore {
  write(line: Uint8Array, partition: number): Promise<void> | void;
  end(): Promise<Pick<DoneEntry, 'partitions' | 'file'>>;
  remove(): Promise<void>;
}

/** How results become lines, and lines get into partitions. */
export interface ResultOptions<R> {
  /** A result as a line, without a line end. Default: as JSON, with typed arrays as arrays. */
  readonly encode?: ((result: R) => string) | undefined;
}

/** An operator that keeps the results of each piece, enters them into the ledger, and settles the lease, in this order. */
export function settlePieces<R>(
  cluster: Cluster,
  open: (piece: Piece, attempt: string) => ResultStore,
  {
    encode = asJson,
    partitionOf = () => 0,
  }: ResultOptions<R> & { partitionOf?: ((line: string) => number) | undefined },
): (leased: AsyncIterable<LeasedResults<Piece, R>>) => AsyncIterableX<SettledPiece> {
  const ledger = new Ledger(cluster);
  const { member } = cluster;
  const settle = async ({ lease, results }: LeasedResults<Piece, R>): Promise<SettledPiece> => {
    const piece = lease.value;
    const attempt = cluster.packages.transport.nuid.next();
    const store = open(piece, attempt);
    let items = 0;
    const lines = linesOf(results, encode);
    for (;;) {
      let next: IteratorResult<string>;
      try {
        next = await lines.next();
      } catch (error) {
        // That servers are away is no mistake of the piece's.
        if (error instanceof ClusterError && error.cause !== undefined) throw error;
        await store.remove();
        return { piece, outcome: await lease.failed(error), items, error: reasonOf(error) };
      }
      if (next.done) break;
      await store.write(Buffer.from(`${next.value}\n`), partitionOf(next.value));
      items++;
    }
    const kept = await store.end();
    const isNew = await ledger.enter(piece.id, { outcome: 'done', attempt, member, items, ...kept });
    if (!isNew) await store.remove();
    await lease.done();
    return { piece, outcome: isNew ? 'stored' : 'already', items };
  };
  return (leased) =>
    asyncIterable(async function* () {
      for await (const one of leased) yield await settle(one);
    });
}

async function* linesOf<R>(results: AsyncIterable<R>, encode: (result: R) => string): AsyncGenerator<string, void> {
  for await (const result of results) {
    const line = encode(result);
    if (line.includes('\n')) throw new ClusterError('Expected results whose text is one line, got one with a line end');
    yield line;
  }
}

function asJson(result: unknown): string {
  const plain = (_: string, value: unknown): unknown =>
    ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Int32Array) : value;
  return JSON.stringify(result, plain) ?? 'null';
}
