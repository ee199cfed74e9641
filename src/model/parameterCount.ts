import { cellOf } from '../cells/cells.js';
import { checkNumber } from '../errors.js';
import { type ModelOptions, modelConfig, weightShapes } from './ModelConfig.js';

/**
 * How many numbers a model learns.
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function parameterCount(options: ModelOptions, vocabularySize: number): number {
  checkNumber('vocabularySize', vocabularySize, { integer: true, min: 1 });
  const shapes = [...weightShapes(cellOf(options.cell), modelConfig(options), vocabularySize).values()];
  return shapes.reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0);
}

/**
 * The hidden size at which a model has the number of parameters nearest to `parameters`; at least 1. The options'
 * own hidden size does not count.
 * @throws {InvalidArgumentError} on an option that cannot be used; so is `tieWeights`, which leaves no choice of a size.
 */
export function hiddenSizeFor(parameters: number, options: ModelOptions, vocabularySize: number): number {
  checkNumber('parameters', parameters, { integer: true, min: 1 });
  const parametersAt = (hiddenSize: number): number => parameterCount({ ...options, hiddenSize }, vocabularySize);
  // The smallest size with at least so many parameters, by halving: the number grows with the size.
  let below = 0;
  let above = 1;
  while (parametersAt(above) < parameters) {
    below = above;
    above *= 2;
  }
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (parametersAt(middle) < parameters) below = middle;
    else above = middle;
  }
  return below > 0 && parameters - parametersAt(below) < parametersAt(above) - parameters ? below : above;
}
