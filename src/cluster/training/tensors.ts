import { ClusterError } from '../../errors.js';
import { ChunkWriter } from '../ChunkWriter.js';
import type { Cluster } from '../Cluster.js';
import type { BlobSize } from '../Ledger.js';
import { readChunks } from '../readChunks.js';
import { fromFloat16, toFloat16 } from './float16.js';

/** Numbers that are kept. */
export interface TensorReference extends BlobSize {
  readonly id: string;
  readonly type: 'float32' | 'float16';
  readonly size: number;
}

/** Keeps numbers, as messages of at most 512 kB. */
export async function putTensor(
  cluster: Cluster,
  values: Float32Array,
  type: TensorReference['type'] = 'float32',
): Promise<TensorReference> {
  const id = cluster.packages.transport.nuid.next();
  const writer = new ChunkWriter(cluster, 'tensors', cluster.subject('tensors', id));
  const numbers = type === 'float16' ? toFloat16(values) : values;
  await writer.write(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  return { id, type, size: values.length, ...(await writer.end()) };
}

/**
 * Reads numbers.
 * @throws {ClusterError} when they are gone, or are others than they were.
 */
export async function getTensor(cluster: Cluster, reference: TensorReference): Promise<Float32Array> {
  const { id, type, size } = reference;
  const bytes = new Uint8Array(size * (type === 'float16' ? 2 : 4));
  let at = 0;
  for await (const chunk of readChunks(cluster, 'tensors', cluster.subject('tensors', id), reference)) {
    if (at + chunk.length > bytes.length) throw new ClusterError(`Expected ${size} numbers, got more`);
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at !== bytes.length) throw new ClusterError(`Expected ${size} numbers, got fewer`);
  return type === 'float16' ? fromFloat16(new Uint16Array(bytes.buffer)) : new Float32Array(bytes.buffer);
}

/** Removes numbers that nobody needs any more. */
export function removeTensor(cluster: Cluster, { id }: TensorReference): Promise<void> {
  return cluster.purge('tensors', cluster.subject('tensors', id, '>'));
}
