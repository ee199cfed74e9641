import type { AsyncIterableX } from 'ix/asynciterable';
import { checkFunction, checkNumber } from '../errors.js';
import { hashString } from '../random.js';
import { ChunkWriter } from './ChunkWriter.js';
import type { Cluster } from './Cluster.js';
import type { LeasedResults } from './mapLeases.js';
import type { Piece } from './Piece.js';
import { type ResultOptions, type SettledPiece, settlePieces } from './settlePiece.js';

/** Options of `toJetStream`. */
export interface JetStreamResultOptions<R> extends ResultOptions<R> {
  /**
   * Into how many partitions results go, by the hash of their text, so that the same texts of different pieces meet in one: for
   * `shardPartitions`. The same for all workers of a job. Default 1.
   */
  readonly partitions?: number | undefined;
}

/**
 * An operator that keeps the results of each piece in a stream, exactly once, however often the piece was delivered and whenever: an
 * attempt writes under a name of its own, and counts when the ledger, by compare-and-set, has no other. Then the lease is settled.
 * `readResults` reads them.
 *
 *     fromJetStream(cluster).pipe(mapLeases(project), toJetStream(cluster))
 *
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {ClusterError} (while reading) when servers are away for too long.
 */
export function toJetStream<R>(
  cluster: Cluster,
  { encode, partitions = 1 }: JetStreamResultOptions<R> = {},
): (leased: AsyncIterable<LeasedResults<Piece, R>>) => AsyncIterableX<SettledPiece> {
  if (encode !== undefined) checkFunction('encode', encode);
  checkNumber('partitions', partitions, { integer: true, min: 1, max: 4096 });
  const open = (piece: Piece, attempt: string) => {
    const subject = resultSubject(cluster, piece.id, attempt);
    const writers = Array.from(
      { length: partitions },
      (_, partition) => new ChunkWriter(cluster, 'results', `${subject}.${partition}`),
    );
    return {
      write: async (line: Uint8Array, partition: number) => writers[partition]?.write(line),
      async end() {
        // One after the other: none of them holds more than a chunk.
        const sizes = [];
        for (const writer of writers) sizes.push(await writer.end());
        return { partitions: sizes };
      },
      remove: () => cluster.purge('results', `${subject}.>`),
    };
  };
  return settlePieces(cluster, open, { encode, partitionOf: (line) => hashString(line, 0) % partitions });
}

/** Where the results of an attempt are: behind it, the partition and the chunk. */
export function resultSubject(cluster: Cluster, piece: string, attempt: string): string {
  return cluster.subject('results', piece, attempt);
}
