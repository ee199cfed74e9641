import { from, map, type Observable, tap } from 'rxjs';
import type { LanguageModel } from '../../src/model/LanguageModel.js';
import type { Batch } from '../../src/pipeline/Batch.js';
import type { StepInspection } from '../../src/training/StepInspection.js';
import { sgd } from '../../src/training/sgd.js';
import type { TrainingStep } from '../../src/training/TrainingStep.js';
import { train } from '../../src/training/train.js';
import { referenceBatch } from '../reference/weights.js';

/** Where every `smallModel` fits in. */
const config = { cell: 'lstm', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 } as const;

/** So many batches for a small model, three sequences each, of 4, 2 and 3 tokens. */
export function smallBatches(count: number): Batch[] {
  return Array.from({ length: count }, (_, seed) => referenceBatch(config, [4, 2, 3], seed));
}

/** The steps of a training of a small model on such batches; `first` is the number of the first step. */
export function stepsOf(
  model: LanguageModel,
  count: number,
  { first = 0, clipNorm = 1 } = {},
): Observable<TrainingStep> {
  return from(smallBatches(count)).pipe(
    train(model, { optimizer: sgd({ learningRate: 0.1 }), clipNorm }),
    // A training that is resumed counts on.
    map((step) => ({ ...step, step: step.step + first })),
  );
}

/** Shows each step while it can be inspected. */
export function watch(see: (step: TrainingStep, inspection: StepInspection) => void) {
  return tap((step: TrainingStep) => see(step, step.inspect()));
}
