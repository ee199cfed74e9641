import { ClusterError, checkNumber } from '../errors.js';
import { lines } from '../sources/jsonLines.js';
import type { Cluster } from './Cluster.js';
import { Ledger } from './Ledger.js';
import { readChunks } from './readChunks.js';
import { resultSubject } from './toJetStream.js';

/** Options of `readResults`. */
export interface ReadResultsOptions<R> {
  /** Only what is in this partition. Default: all. */
  readonly partition?: number | undefined;
  /** The result that a line stands for. Default: of JSON. */
  readonly decode?: ((line: string) => R) | undefined;
}

/**
 * The results that `toJetStream` kept, in the order of the text, whoever computed them: so they are the same from any number of workers.
 *
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {ClusterError} (while reading) when a piece is not done yet, was kept elsewhere, or servers are away for too long. A piece that was set
 *   aside has no results.
 */
export function readResults<R>(
  cluster: Cluster,
  { partition, decode = (line) => JSON.parse(line) as R }: ReadResultsOptions<R> = {},
): AsyncIterable<R> {
  if (partition !== undefined) checkNumber('partition', partition, { integer: true, min: 0 });
  const ledger = new Ledger(cluster);
  return {
    async *[Symbol.asyncIterator]() {
      for await (const { subject } of cluster.all('pieces')) {
        const piece = subject.split('.').at(-1) ?? '';
        const entry = await ledger.entry(piece);
        if (!entry) throw new ClusterError(`Expected all pieces of ${cluster.name} to be done, got one that is not`);
        if (entry.outcome === 'failed') continue;
        if (!entry.partitions) throw new ClusterError(`Expected results in the stream, got a file of ${entry.member}`);
        for (const [index, size] of entry.partitions.entries()) {
          if (partition !== undefined && partition !== index) continue;
          const chunks = readChunks(
            cluster,
            'results',
            `${resultSubject(cluster, piece, entry.attempt)}.${index}`,
            size,
          );
          for await (const { bytes } of lines(chunks)) yield decode(Buffer.from(bytes ?? []).toString());
        }
      }
    },
  };
}
