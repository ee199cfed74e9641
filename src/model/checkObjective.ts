import { checkNumber, checkOneOf, InvalidArgumentError, invalid } from '../errors.js';
import { GRADIENT_PRECISIONS } from '../names.js';
import { tf } from '../tf.js';
import type { ModelConfig } from './ModelConfig.js';
import { type Objective, ownTensors, type PastDecode } from './network/Objective.js';

/** The shapes of what past decode regularization learns. */
export function pastDecodeShapes(
  { embeddingSize }: Pick<ModelConfig, 'embeddingSize'>,
  vocabularySize: number,
): Record<Exclude<keyof PastDecode, 'weight'>, number[]> {
  return { matrix: [embeddingSize, embeddingSize], bias: [embeddingSize], tokenBias: [vocabularySize] };
}

/** @throws {InvalidArgumentError} when it cannot be used for this model. */
export function checkObjective(objective: Objective, config: ModelConfig, vocabularySize: number): void {
  if (typeof objective !== 'object' || objective === null) throw invalid('objective', 'an object', objective);
  const { labelSmoothing, pastDecode, precision } = objective;
  if (labelSmoothing !== undefined) checkNumber('labelSmoothing', labelSmoothing, { min: 0, below: 1 });
  if (precision !== undefined) checkOneOf('precision', precision, GRADIENT_PRECISIONS);
  if (pastDecode === undefined) return;
  if (typeof pastDecode !== 'object' || pastDecode === null) throw invalid('pastDecode', 'an object', pastDecode);
  checkNumber('pastDecode.weight', pastDecode.weight, { min: 0 });
  const tensors = ownTensors(objective);
  for (const [name, shape] of Object.entries(pastDecodeShapes(config, vocabularySize))) {
    const tensor: unknown = tensors[name];
    if (!(tensor instanceof tf.Tensor)) throw invalid(`pastDecode.${name}`, 'a tensor', tensor);
    if (tensor.shape.join() !== shape.join())
      throw new InvalidArgumentError(`Expected pastDecode.${name} of shape [${shape}], got [${tensor.shape}]`);
  }
}
