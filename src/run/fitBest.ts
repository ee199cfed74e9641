import type { Batch } from '../pipeline/Batch.js';
import { evaluate } from '../training/evaluate.js';
import { fitTemperature } from '../training/fitTemperature.js';
import type { FitTemperature } from './FitEvent.js';
import { RunDirectory } from './RunDirectory.js';

/**
 * Fits the temperature of a run's best model to a text, and saves it so; where that was done before, there is none, or somebody says to stop, it does
 * nothing.
 */
export async function fitBest(
  run: RunDirectory,
  batches: AsyncIterable<Batch>,
  stop: AbortSignal,
): Promise<FitTemperature | undefined> {
  if (run.best === undefined || run.best.temperature !== undefined) return undefined;
  const best = await RunDirectory.loadBest(run.path);
  const untilStop = { [Symbol.asyncIterator]: () => stoppable(batches, stop) };
  try {
    const temperature = await fitTemperature(best, untilStop);
    const evaluation = await evaluate(best, untilStop);
    await run.saveFitted(best, { temperature, evaluation });
    return { type: 'temperature', temperature, evaluation };
  } catch (error) {
    if (stop.aborted && error === stop.reason) return undefined;
    throw error;
  } finally {
    best.dispose();
  }
}

async function* stoppable<T>(all: AsyncIterable<T>, stop: AbortSignal): AsyncGenerator<T> {
  for await (const one of all) {
    stop.throwIfAborted();
    yield one;
  }
}
