import type { Hash } from 'node:crypto';
import type { Batch } from '../pipeline/Batch.js';

/** Adds the numbers of a batch to what a hash has read: for the fingerprint of a text. */
export function hashBatch(hash: Hash, { size, length, ids }: Batch): void {
  for (const { buffer, byteOffset, byteLength } of [Int32Array.of(size, length), ids])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
}
