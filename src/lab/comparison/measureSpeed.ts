import { lastValueFrom, takeWhile, tap } from 'rxjs';
import { SourceError } from '../../errors.js';
import type { LanguageModel } from '../../model/LanguageModel.js';
import type { Batch } from '../../pipeline/Batch.js';
import { pipeline } from '../../pipeline/pipeline.js';
import type { TrainOptions } from '../../training/TrainOptions.js';
import { train } from '../../training/train.js';

/** The first batches prepare what the others use. */
const WARM_UP = 2;
const MEASURED_BATCHES = 16;

/**
 * Unmasked tokens per second that a model learns from, the making of batches counted: over 16 batches, after
 * two that are not counted. The model is trained by it.
 * @throws {SourceError} when there are no batches.
 */
export async function measureSpeed(
  model: LanguageModel,
  batches: (epoch: number) => AsyncIterable<Batch>,
  options: TrainOptions,
): Promise<number> {
  let tokens = 0;
  let from = 0;
  let to = 0;
  await lastValueFrom(
    pipeline(endless(batches)).pipe(
      train(model, options),
      tap((step) => {
        if (step.step < WARM_UP) {
          from = step.seconds;
          return;
        }
        tokens += step.tokens;
        to = step.seconds;
      }),
      takeWhile(({ step }) => step + 1 < WARM_UP + MEASURED_BATCHES),
    ),
    { defaultValue: undefined },
  );
  return tokens / (to - from);
}

async function* endless(batches: (epoch: number) => AsyncIterable<Batch>): AsyncGenerator<Batch> {
  for (let epoch = 0; ; epoch++) {
    let isEmpty = true;
    for await (const batch of batches(epoch)) {
      isEmpty = false;
      yield batch;
    }
    if (isEmpty) throw new SourceError(`Expected batches in epoch ${epoch}, got none`);
  }
}
