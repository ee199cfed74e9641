import { describe, SourceError } from '../errors.js';

/** What a pipeline reads from: anything that can be iterated, synchronously or not. `readText` makes one from files. */
export type Source<T> = AsyncIterable<T> | Iterable<T>;

/** A source while it is being read. */
export interface OpenSource {
  read(): Promise<IteratorResult<unknown>>;
  /** Makes a pending read fail now, since its result is of no use any more. */
  interrupt(error: unknown): void;
  /** Closes the source: at once when it is idle, else when its pending read settles (which is not waited for). */
  close(): Promise<void>;
}

const spent = new WeakSet<object>();

/**
 * Starts reading a source.
 * @throws {SourceError} when it is not iterable, or a generator that was read before: it would seem empty.
 */
export function openSource(source: Source<unknown>): OpenSource {
  const iterator = iterate(source);
  if ((iterator as unknown) === source) {
    if (spent.has(iterator))
      throw new SourceError(
        'Expected a source that can be read again, got a generator that was read before. Pass an object whose [Symbol.asyncIterator]() starts anew, such as readText(…).',
      );
    spent.add(iterator);
  }
  let rejectPending: ((error: unknown) => void) | undefined;
  return {
    read: () =>
      new Promise((resolve, reject) => {
        rejectPending = reject;
        // The executor turns a synchronous iterator's throw into a rejection.
        Promise.resolve(iterator.next())
          .then(resolve, reject)
          .finally(() => {
            rejectPending = undefined;
          });
      }),
    interrupt: (error) => rejectPending?.(error),
    async close() {
      const closing = Promise.resolve(iterator.return?.());
      if (rejectPending) closing.catch(() => {});
      else await closing;
    },
  };
}

function iterate(source: Source<unknown>): AsyncIterator<unknown> | Iterator<unknown> {
  if (typeof source === 'object' && source !== null) {
    if (Symbol.asyncIterator in source) return source[Symbol.asyncIterator]();
    if (Symbol.iterator in source) return source[Symbol.iterator]();
  }
  throw new SourceError(
    `Expected a pipeline's source to be an iterable or async iterable object, got ${describe(source)}. Read files with readText(path).`,
  );
}
