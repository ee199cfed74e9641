import { InvalidArgumentError } from '../errors.js';
import { ChunkWriter } from './ChunkWriter.js';
import { type Cluster, checkName } from './Cluster.js';
import type { BlobSize } from './Ledger.js';
import { readChunks } from './readChunks.js';

/** Where a kept value is. */
interface Reference extends BlobSize {
  readonly id: string;
}

/**
 * Keeps a value that JSON can hold under a name of a job, unless there is one; gives what is there then: all members of a job have the same.
 * @throws {InvalidArgumentError} when the name is none, or JSON cannot hold the value.
 * @throws {ClusterError} when servers are away for too long.
 */
export async function keepOnce<T>(cluster: Cluster, name: string, value: T): Promise<T> {
  const text = jsonOf(value);
  checkName(name);
  const id = cluster.packages.transport.nuid.next();
  const writer = new ChunkWriter(cluster, 'control', cluster.subject('control', 'value', id));
  await writer.write(Buffer.from(text));
  const reference: Reference = { id, ...(await writer.end()) };
  const { data } = await cluster.putOnce('control', subjectOf(cluster, name), JSON.stringify(reference));
  return read(cluster, JSON.parse(Buffer.from(data).toString()));
}

/**
 * What `keepOnce` has kept under a name; nothing where it has not.
 * @throws {InvalidArgumentError} when the name is none.
 */
export async function keptValue<T>(cluster: Cluster, name: string): Promise<T | undefined> {
  const found = await cluster.last('control', subjectOf(cluster, checkName(name)));
  return found && read(cluster, JSON.parse(Buffer.from(found.data).toString()));
}

async function read<T>(cluster: Cluster, reference: Reference): Promise<T> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readChunks(
    cluster,
    'control',
    cluster.subject('control', 'value', reference.id),
    reference,
  ))
    chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}

function subjectOf(cluster: Cluster, name: string): string {
  return cluster.subject('control', 'name', name);
}

function jsonOf(value: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    cause = error;
  }
  if (text !== undefined) return text;
  throw new InvalidArgumentError('Expected a value that JSON can hold, got another', { cause, options: ['value'] });
}
