import type { AsyncIterableX } from 'ix/asynciterable';
import { asyncIterable } from '../decoding/asyncIterable.js';
import { checkFunction, checkIterable } from '../errors.js';
import type { Lease } from './Lease.js';

/** What a piece becomes, while it is under its lease. */
export interface LeasedResults<T, R> {
  /** Of the piece. */
  readonly lease: Lease<T>;
  /** Nothing is computed before it is read. */
  readonly results: AsyncIterable<R>;
}

/**
 * An operator that runs one pipeline over each piece. What stores the results, `toJetStream` or `toFiles`, settles the lease.
 *
 *     fromJetStream(cluster).pipe(
 *       mapLeases((piece) => pipeline(readText(piece), splitSentences(), tokenize(tokenizer))),
 *       toJetStream(cluster),
 *     );
 *
 * The same piece must give the same results each time.
 *
 * @throws {InvalidArgumentError} when `project` is not a function.
 */
export function mapLeases<T, R>(
  project: (piece: T) => AsyncIterable<R>,
): (leases: AsyncIterable<Lease<T>>) => AsyncIterableX<LeasedResults<T, R>> {
  checkFunction('project', project);
  return (leases) =>
    asyncIterable(async function* () {
      for await (const lease of leases) yield { lease, results: lazily(() => project(lease.value)) };
    });
}

/** An error in making a pipeline is one of reading it. */
function lazily<R>(make: () => AsyncIterable<R>): AsyncIterable<R> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* checkIterable('what project gives', 'a pipeline or another iterable', make());
    },
  };
}
