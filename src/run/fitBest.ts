import type { Batch } from '../pipeline/Batch.js';
import { evaluate } from '../training/evaluate.js';
import { fitTemperature } from '../training/fitTemperature.js';
import type { FitTemperature } from './FitEvent.js';
import { RunDirectory } from './RunDirectory.js';

/** Fits the temperature of a run's best model to a text, and saves it so; where that was done before, or there is none, it does nothing. */
export async function fitBest(run: RunDirectory, batches: AsyncIterable<Batch>): Promise<FitTemperature | undefined> {
  if (run.best === undefined || run.best.temperature !== undefined) return undefined;
  const best = await RunDirectory.loadBest(run.path);
  try {
    const temperature = await fitTemperature(best, batches);
    const evaluation = await evaluate(best, batches);
    await run.saveFitted(best, { temperature, evaluation });
    return { type: 'temperature', temperature, evaluation };
  } finally {
    best.dispose();
  }
}
