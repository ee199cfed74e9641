import { OPTIMIZERS, type Optimizer, warmupCosine } from '../../src/index.js';
import type { Duration } from './durationOf.js';
import type { TrainFlags } from './TrainFlags.js';

/** The optimizer that flags name; its learning rate rises, and falls along a cosine over the training. */
export function optimizerOf(
  { optimizer: name, weightDecay, l2, beta1, beta2, learningRate: highest, warmup, finalRate: final }: TrainFlags,
  { span: over }: Duration,
): Optimizer {
  const learningRate = warmupCosine({ learningRate: highest, over, warmup, final });
  // Those of other optimizers are refused before.
  return OPTIMIZERS[name]({ learningRate, weightDecay, l2, beta1, beta2 });
}
