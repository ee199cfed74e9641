import { concat, defer, type MonoTypeOperatorFunction, mergeMap } from 'rxjs';
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
 *     1, 2, 3, 4, 5 ──▶ shuffle({ bufferSize: 3, seed: 1 }) ──▶ 1, 2, 5, 3, 4
 *
 * @throws {InvalidArgumentError} when `bufferSize` is not a positive integer or `seed` not an integer.
 */
export function shuffle<T>({ bufferSize, seed }: ShuffleOptions): MonoTypeOperatorFunction<T> {
  checkNumber('bufferSize', bufferSize, { integer: true, min: 1 });
  checkNumber('seed', seed, { integer: true });
  const { integer } = random(seed, 'shuffle');
  return (source) =>
    defer(() => {
      const buffer: T[] = [];
      let drawn = 0;
      const exchange = (item: T): T[] => {
        if (buffer.length === bufferSize) return buffer.splice(integer(drawn++, bufferSize), 1, item);
        buffer.push(item);
        return [];
      };
      const drain = function* (): Generator<T> {
        while (buffer.length > 0) {
          const chosen = integer(drawn++, buffer.length);
          const last = buffer.pop() as T;
          yield chosen === buffer.length ? last : (buffer.splice(chosen, 1, last)[0] as T);
        }
      };
      return concat(source.pipe(mergeMap(exchange)), defer(drain));
    });
}
