import { ClusterError, checkNumber } from '../errors.js';
import type { Cluster } from './Cluster.js';
import { ensureConsumer, WORK } from './ensureConsumer.js';
import { Ledger } from './Ledger.js';
import { type ShardCounts, Sharder } from './shardFiles.js';

/** Options of `shardPartitions`. */
export interface PartitionOptions {
  /** Seconds after which a worker that gives no sign of life loses its partition. Default 60. */
  readonly lease?: number | undefined;
}

/**
 * Makes the partitions of a job's results the pieces of a second job: a stage in which what is the same in different pieces meets. Each partition is
 * under one lease at a time.
 *
 *     await shardPartitions(sentences, distinct);
 *     fromJetStream(distinct).pipe(mapLeases((part) => pipeline(part, dropDuplicates())), toJetStream(distinct))
 *
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {ClusterError} when the first job is not done.
 */
export async function shardPartitions(
  from: Cluster,
  to: Cluster,
  { lease = 60 }: PartitionOptions = {},
): Promise<ShardCounts> {
  checkNumber('lease', lease, { min: 1 });
  const ledger = new Ledger(from);
  if (!(await ledger.isComplete()))
    throw new ClusterError(`Expected all pieces of ${from.name} to be done, got some that are not`);
  let partitions = 0;
  for await (const { data } of from.all('ledger')) {
    const entry = JSON.parse(Buffer.from(data).toString());
    partitions = Math.max(partitions, entry.partitions?.length ?? 0);
  }
  await ensureConsumer(to, WORK, lease);
  const sharder = new Sharder(to);
  for (let partition = 0; partition < partitions; partition++)
    await sharder.add({ kind: 'partition', job: from.name, partition });
  return sharder.end();
}
