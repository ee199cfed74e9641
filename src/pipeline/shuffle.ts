import { type MonoTypeOperatorFunction, Observable } from 'rxjs';
import { checkNumber } from '../errors.js';
import { random } from '../random.js';

/** Options of `shuffle`. */
export interface ShuffleOptions {
  /** How many items are held. An item moves forward by fewer places than this; backward it may move any distance. */
  bufferSize: number;
  /** The same seed gives the same order. Pass the epoch, so that each epoch has its own. */
  seed: number;
}

/**
 * Shuffles a stream through a buffer: each item that comes takes a random place of the full buffer, and the one that
 * held it goes on; at the end the rest follows in random order. A stream no longer than the buffer comes out in an order
 * drawn evenly from all orders.
 *
 *     1, 2, 3, 4, 5 ──▶ shuffle({ bufferSize: 3, seed: 1 }) ──▶ 2, 4, 1, 5, 3
 *
 * @throws {InvalidArgumentError} when `bufferSize` is not a positive integer or `seed` not an integer.
 */
export function shuffle<T>({ bufferSize, seed }: ShuffleOptions): MonoTypeOperatorFunction<T> {
  checkNumber('bufferSize', bufferSize, { integer: true, min: 1 });
  checkNumber('seed', seed, { integer: true });
  const { integer } = random(seed, 'shuffle');
  return (source) =>
    new Observable<T>((subscriber) => {
      const buffer: T[] = [];
      let drawn = 0;
      return source.subscribe({
        next(item) {
          if (buffer.length < bufferSize) {
            buffer.push(item);
            return;
          }
          const [replaced] = buffer.splice(integer(drawn++, bufferSize), 1, item);
          subscriber.next(replaced as T);
        },
        error: (error) => subscriber.error(error),
        complete() {
          while (buffer.length > 0 && !subscriber.closed) {
            const chosen = integer(drawn++, buffer.length);
            const last = buffer.pop() as T;
            subscriber.next(chosen === buffer.length ? last : (buffer.splice(chosen, 1, last)[0] as T));
          }
          subscriber.complete();
        },
      });
    });
}
