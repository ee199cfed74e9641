import { InvalidArgumentError, OPTIMIZERS, type Optimizer, warmupCosine } from '../../src/index.js';
import type { Duration } from './durationOf.js';
import type { TrainFlags } from './TrainFlags.js';

/** The optimizer that flags name; its learning rate rises, and falls along a cosine over the training. */
export function optimizerOf(
  { optimizer: name, weightDecay, learningRate: peak }: TrainFlags,
  { span: over }: Duration,
): Optimizer {
  if (weightDecay !== undefined && name !== 'adamW')
    throw new InvalidArgumentError(`Expected --weight-decay beside --optimizer adamW, got --optimizer ${name}`);
  const learningRate = warmupCosine({ peak, over });
  return name === 'adamW' && weightDecay !== undefined
    ? OPTIMIZERS.adamW({ learningRate, weightDecay })
    : OPTIMIZERS[name]({ learningRate });
}
