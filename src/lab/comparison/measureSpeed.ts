import type { LanguageModel } from '../../model/LanguageModel.js';
import type { Batch } from '../../pipeline/Batch.js';
import { epochs } from '../../pipeline/epochs.js';
import { Trainer } from '../../training/Trainer.js';
import type { TrainOptions } from '../../training/TrainOptions.js';

/** The first batches prepare what the others use. */
const WARM_UP = 2;
const MEASURED_BATCHES = 16;

/**
 * Unmasked tokens per second that a model learns from, the making of batches counted as `train` counts it: over 16 batches, after
 * two that are not counted. The model is trained by it.
 * @throws {SourceError} when there are no batches.
 */
export async function measureSpeed(
  model: LanguageModel,
  batches: (epoch: number) => AsyncIterable<Batch>,
  options: TrainOptions,
): Promise<number> {
  const trainer = new Trainer(model, options);
  let tokens = 0;
  let from = 0;
  let to = 0;
  try {
    for await (const batch of epochs(Infinity, batches)) {
      const step = trainer.step(batch);
      if (step.step < WARM_UP) from = step.seconds;
      else tokens += step.tokens;
      to = step.seconds;
      if (step.step + 1 === WARM_UP + MEASURED_BATCHES) break;
    }
  } finally {
    trainer.dispose();
  }
  return tokens / (to - from);
}
