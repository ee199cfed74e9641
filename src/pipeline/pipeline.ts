import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';
import { checkFunction, invalid } from '../errors.js';
import { eventLoopTurns } from '../eventLoop.js';
import { type AnyOperator, Feed } from './Feed.js';
import { OpenSource, type Source } from './Source.js';

type Op<A, B> = OperatorFunction<A, B>;

/**
 * Composes a source and synchronous operators into a `Pipeline`: an observable and async iterable that never runs
 * ahead of its consumer.
 *
 *     const sentences = pipeline(readText('speech.txt'), splitSentences(), map((s) => s.toLowerCase()));
 *     for await (const sentence of sentences) console.log(sentence);   // pull, or
 *     sentences.subscribe((sentence) => console.log(sentence));        // push, at the consumer's pace
 *
 * The source is read one chunk ahead of the consumer at most. `break`, `unsubscribe`, `take` and errors close it.
 * Between items the event loop turns when 8 ms have passed, so timers and signals are answered within a burst.
 *
 * It takes up to ten operators. A pipeline is a source, too: of more, make two pipelines, one in the other.
 *
 * @throws {InvalidArgumentError} when an operator is not a function; (as the stream's error) when it does not return an
 *   observable.
 * @throws {AsynchronousOperatorError} (as the stream's error) when an operator emits outside the feeding of a chunk.
 * @throws {SourceError} (as the stream's error) when the source cannot be iterated, or not again.
 */
export function pipeline<A>(source: Source<A>): Pipeline<A>;
export function pipeline<A, B>(source: Source<A>, ab: Op<A, B>): Pipeline<B>;
export function pipeline<A, B, C>(source: Source<A>, ab: Op<A, B>, bc: Op<B, C>): Pipeline<C>;
export function pipeline<A, B, C, D>(source: Source<A>, ab: Op<A, B>, bc: Op<B, C>, cd: Op<C, D>): Pipeline<D>;
export function pipeline<A, B, C, D, E>(...steps: [Source<A>, Op<A, B>, Op<B, C>, Op<C, D>, Op<D, E>]): Pipeline<E>;
export function pipeline<A, B, C, D, E, F>(
  ...steps: [Source<A>, Op<A, B>, Op<B, C>, Op<C, D>, Op<D, E>, Op<E, F>]
): Pipeline<F>;
export function pipeline<A, B, C, D, E, F, G>(
  ...steps: [Source<A>, Op<A, B>, Op<B, C>, Op<C, D>, Op<D, E>, Op<E, F>, Op<F, G>]
): Pipeline<G>;
export function pipeline<A, B, C, D, E, F, G, H>(
  ...steps: [Source<A>, Op<A, B>, Op<B, C>, Op<C, D>, Op<D, E>, Op<E, F>, Op<F, G>, Op<G, H>]
): Pipeline<H>;
export function pipeline<A, B, C, D, E, F, G, H, I>(
  ...steps: [Source<A>, Op<A, B>, Op<B, C>, Op<C, D>, Op<D, E>, Op<E, F>, Op<F, G>, Op<G, H>, Op<H, I>]
): Pipeline<I>;
export function pipeline<A, B, C, D, E, F, G, H, I, J>(
  ...steps: [Source<A>, Op<A, B>, Op<B, C>, Op<C, D>, Op<D, E>, Op<E, F>, Op<F, G>, Op<G, H>, Op<H, I>, Op<I, J>]
): Pipeline<J>;
export function pipeline<A, B, C, D, E, F, G, H, I, J, K>(
  ...steps: [
    Source<A>,
    Op<A, B>,
    Op<B, C>,
    Op<C, D>,
    Op<D, E>,
    Op<E, F>,
    Op<F, G>,
    Op<G, H>,
    Op<H, I>,
    Op<I, J>,
    Op<J, K>,
  ]
): Pipeline<K>;
export function pipeline(source: Source<unknown>, ...operators: AnyOperator[]): Pipeline<unknown> {
  return new Pipeline(source, operators);
}

/**
 * A source and operators, as an `Observable` that is also an `AsyncIterable`; made by `pipeline()`. One chunk of the
 * source is fed through the operators, what comes out is handed on one item at a time, and only when nothing is left
 * is the next chunk read. Its `.pipe()` returns a plain observable, fed at the same pace.
 */
export class Pipeline<T> extends Observable<T> implements AsyncIterable<T> {
  readonly #source: Source<unknown>;
  readonly #operators: readonly AnyOperator[];

  /** Use `pipeline()`: it checks that the operators fit each other. */
  constructor(source: Source<unknown>, operators: readonly AnyOperator[]) {
    super((subscriber) => {
      const items = this[Symbol.asyncIterator]();
      void pump(items, subscriber);
      return () => void items.return();
    });
    if (!Array.isArray(operators)) throw invalid('operators', 'an array', operators);
    for (const [index, operator] of operators.entries()) checkFunction(`operator ${index} of the pipeline`, operator);
    this.#source = source;
    this.#operators = operators;
  }

  /** Reads the source anew, one item at a time. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const source = new OpenSource(this.#source);
    const items = this.#items(source);
    const end = items.return.bind(items);
    // A generator that is asked to return while it reads would read on until the operators let an item through.
    items.return = (value) => {
      source.stop();
      return end(value);
    };
    return items;
  }

  async *#items(source: OpenSource): AsyncGenerator<T, void, undefined> {
    const turn = eventLoopTurns();
    let feed: Feed | undefined;
    try {
      feed = new Feed(this.#operators, (error) => source.interrupt(error));
      for (;;) {
        for (const item of feed.take()) {
          await turn();
          feed.checkSynchrony();
          yield item as T;
        }
        await turn();
        feed.check();
        if (feed.done) return;
        const chunk = await source.read();
        if (chunk === undefined) return;
        if (chunk.done) feed.end();
        else feed.feed(chunk.value);
      }
    } finally {
      feed?.close();
      await source.close();
    }
  }
}

async function pump<T>(items: AsyncGenerator<T, void, undefined>, subscriber: Subscriber<T>): Promise<void> {
  try {
    for (;;) {
      const item = await items.next();
      if (subscriber.closed) return;
      if (item.done) return subscriber.complete();
      subscriber.next(item.value);
    }
  } catch (error) {
    subscriber.error(error);
  }
}
