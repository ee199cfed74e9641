import { checkNumber } from '../errors.js';
import type { Cluster } from './Cluster.js';
import { Piece, type PieceReference } from './Piece.js';

/** Options of `jobPieces`. */
export interface JobPiecesOptions {
  /** So many of them at most, evenly chosen. Default: all. */
  readonly atMost?: number | undefined;
}

/**
 * The pieces of a job in the order of the text, without leases: for what each machine reads by itself, such as a text to validate on.
 * @throws {InvalidArgumentError} (while reading) when an option cannot be used.
 * @throws {ClusterError} (while reading) when servers are away for too long.
 */
export async function* jobPieces(
  cluster: Cluster,
  { atMost = Infinity }: JobPiecesOptions = {},
): AsyncGenerator<Piece> {
  if (atMost !== Infinity) checkNumber('atMost', atMost, { integer: true, min: 1 });
  const stride = Math.max(1, Math.ceil((await cluster.count('pieces')) / atMost));
  let place = 0;
  for await (const { seq, subject, data } of cluster.all('pieces')) {
    if (place++ % stride !== 0) continue;
    const reference = JSON.parse(Buffer.from(data).toString()) as PieceReference;
    yield new Piece(cluster, subject.split('.').at(-1) ?? '', seq, reference);
  }
}
