import { Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { SourceError } from '../errors.js';
import { noSource } from './noSource.js';

/**
 * What a pipeline reads from: any object that can be iterated, synchronously or not. `readText` makes one from files; a
 * string, most likely their path, is none.
 */
export type Source<T> = AsyncIterable<T> | (Iterable<T> & object);

/** A source while it is being read: opened by the first read, one read at a time. */
export class OpenSource {
  readonly #source: Source<unknown>;
  #iterator: AsyncIterator<unknown> | Iterator<unknown> | undefined;
  #ended = false;
  #stopped = false;
  #pending: { resolve: (nothing: undefined) => void; reject: (error: unknown) => void } | undefined;

  constructor(source: Source<unknown>) {
    this.#source = source;
  }

  /**
   * The next chunk; nothing once `stop` was called.
   * @throws {SourceError} when the source is not iterable, or can be read once only and was: it would seem empty.
   */
  read(): Promise<IteratorResult<unknown> | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#stopped) return resolve(undefined);
      this.#pending = { resolve, reject };
      this.#next().then(resolve, reject);
    });
  }

  /** Makes a pending read fail now, since its result is of no use any more. */
  interrupt(error: unknown): void {
    this.#pending?.reject(error);
  }

  /** Makes a pending read give nothing now, and every later one. */
  stop(): void {
    this.#stopped = true;
    this.#pending?.resolve(undefined);
  }

  /** Closes the source: at once when it is idle, else when its pending read settles (which is not waited for). */
  async close(): Promise<void> {
    if (this.#ended) return;
    const closing = Promise.resolve(this.#iterator?.return?.());
    if (this.#pending) closing.catch(() => {});
    else await closing;
  }

  async #next(): Promise<IteratorResult<unknown>> {
    try {
      this.#iterator ??= iterate(this.#source);
      const result = await this.#iterator.next();
      this.#ended = result.done === true;
      return result;
    } catch (error) {
      this.#ended = true;
      throw error;
    } finally {
      this.#pending = undefined;
    }
  }
}

const readBefore = new WeakSet<object>();

function iterate(source: Source<unknown>): AsyncIterator<unknown> | Iterator<unknown> {
  if (wasReadElsewhere(source)) throw readAgain();
  const iterator = iteratorOf(source);
  const onlyOnce = (iterator as unknown) === source || source instanceof Readable || source instanceof ReadableStream;
  if (onlyOnce && readBefore.has(source)) throw readAgain();
  readBefore.add(source);
  return iterator;
}

/** Whether somebody else has read a stream to its end, so that it would seem empty, or is reading it. */
function wasReadElsewhere(source: unknown): boolean {
  return source instanceof Readable ? source.readableEnded : source instanceof ReadableStream && source.locked;
}

function iteratorOf(source: Source<unknown>): AsyncIterator<unknown> | Iterator<unknown> {
  if (typeof source === 'object' && source !== null) {
    const { [Symbol.asyncIterator]: asynchronous, [Symbol.iterator]: synchronous } = source as Partial<
      AsyncIterable<unknown> & Iterable<unknown>
    >;
    if (typeof asynchronous === 'function') return asynchronous.call(source);
    if (typeof synchronous === 'function') return synchronous.call(source);
  }
  throw noSource(
    "a pipeline's source to be an iterable or async iterable object",
    source,
    'Read files with readText(path).',
  );
}

function readAgain(): SourceError {
  return new SourceError(
    'Expected a source that can be read again, got a generator or stream that was read before. Pass an object whose [Symbol.asyncIterator]() starts anew, such as readText(path).',
  );
}
