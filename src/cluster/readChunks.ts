import { createHash } from 'node:crypto';
import { ClusterError } from '../errors.js';
import type { Cluster, Kept, StreamKind } from './Cluster.js';
import type { BlobSize } from './Ledger.js';

/** Messages that are asked for, or wait for that, at once. */
const AT_ONCE = 16;

/**
 * Reads what a `ChunkWriter` kept.
 * @throws {ClusterError} when a chunk is gone, or at the end, when its checksum is another.
 */
export async function* readChunks(
  cluster: Cluster,
  kind: StreamKind,
  subject: string,
  { chunks, sha256 }: BlobSize,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  const asked: Promise<Kept | undefined>[] = [];
  const ask = (chunk: number): void => {
    if (chunk >= chunks) return;
    const answer = cluster.kept(kind, `${subject}.${chunk}`);
    answer.catch(() => {});
    asked.push(answer);
  };
  for (let chunk = 0; chunk < AT_ONCE; chunk++) ask(chunk);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const found = await asked.shift();
    if (!found) throw new ClusterError(`Expected ${chunks} messages of ${subject}, got none in place ${chunk}`);
    ask(chunk + AT_ONCE);
    hash.update(found.data);
    yield found.data;
  }
  if (hash.digest('hex') !== sha256)
    throw new ClusterError(`Expected ${subject} to have the SHA-256 ${sha256.slice(0, 12)}…, got another one`);
}
