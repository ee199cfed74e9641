import { checkFunction, checkNumber, SourceError } from '../errors.js';
import type { Batch, EpochBatch } from './Batch.js';
import { type Pipeline, pipeline } from './pipeline.js';

/** Options of `epochs`. */
export interface EpochsOptions {
  /** Awaited after each epoch, before the next one starts: validation, sample sentences, schedules, early stopping. */
  afterEach?: ((epoch: number) => void | Promise<void>) | undefined;
  /** Where to start: earlier batches of this epoch's pipeline are made again, but not emitted. Default: the beginning. */
  resumeAt?: { readonly epoch: number; readonly index: number } | undefined;
}

/**
 * Runs one pipeline of batches after the other and numbers what they give.
 *
 *     epochs(2, (epoch) => pipeline(…, shuffle({ bufferSize: 4096, seed: epoch }), …))
 *     ──▶ { epoch: 0, index: 0, … }, { epoch: 0, index: 1, … }, …, { epoch: 1, index: 0, … }, …
 *
 * `count` may be `Infinity`. Whatever differs between epochs is made from the argument of `batches`.
 *
 * @throws {InvalidArgumentError} when `count` is not a positive integer or `Infinity`, `resumeAt` not two integers, or
 *   `batches` or `afterEach` not a function.
 * @throws {SourceError} (as the stream's error) when an epoch has no batches, or fewer than `resumeAt` says were made.
 */
export function epochs(
  count: number,
  batches: (epoch: number) => AsyncIterable<Batch>,
  { afterEach, resumeAt = { epoch: 0, index: 0 } }: EpochsOptions = {},
): Pipeline<EpochBatch> {
  if (count !== Infinity) checkNumber('count', count, { integer: true, min: 1 });
  checkFunction('batches', batches);
  if (afterEach !== undefined) checkFunction('afterEach', afterEach);
  checkNumber('resumeAt.epoch', resumeAt?.epoch, { integer: true, min: 0 });
  checkNumber('resumeAt.index', resumeAt.index, { integer: true, min: 0 });
  return pipeline({
    [Symbol.asyncIterator]() {
      let current: AsyncGenerator<Batch> | undefined;
      let left = false;
      const run = async function* (): AsyncGenerator<EpochBatch> {
        for (let epoch = resumeAt.epoch; epoch < count && !left; epoch++) {
          const first = epoch === resumeAt.epoch ? resumeAt.index : 0;
          let index = 0;
          current = pipeline(batches(epoch))[Symbol.asyncIterator]();
          for await (const batch of current) {
            if (index >= first) yield { ...batch, epoch, index };
            index++;
          }
          if (left) return;
          if (index < Math.max(first, 1)) throw tooFewBatches(epoch, index, first);
          await afterEach?.(epoch);
        }
      };
      const items = run();
      const end = items.return.bind(items);
      // A generator that is asked to return while it replays or reads would go on until the next batch it may yield.
      items.return = async (value) => {
        left = true;
        await current?.return(undefined);
        return end(value);
      };
      return items;
    },
  });
}

function tooFewBatches(epoch: number, count: number, first: number): SourceError {
  const expectation = first === 0 ? 'at least one batch' : `the ${first} batches that came before`;
  return new SourceError(`Expected ${expectation} in epoch ${epoch}, got ${count}`);
}
