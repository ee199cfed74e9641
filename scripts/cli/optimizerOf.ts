import { OPTIMIZERS, type Optimizer, warmupCosine } from '../../src/index.js';
import type { Duration } from './durationOf.js';
import type { TrainFlags } from './TrainFlags.js';

/** The optimizer that flags name; its learning rate rises, and falls along a cosine over the training. */
export function optimizerOf(
  { optimizer: name, weightDecay, learningRate: highest }: TrainFlags,
  { span: over }: Duration,
): Optimizer {
  const learningRate = warmupCosine({ learningRate: highest, over });
  return name === 'adamW' && weightDecay !== undefined
    ? OPTIMIZERS.adamW({ learningRate, weightDecay })
    : OPTIMIZERS[name]({ learningRate });
}
