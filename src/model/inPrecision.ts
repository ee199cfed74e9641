import { InvalidArgumentError } from '../errors.js';
import type { PRECISION_NAMES } from '../names.js';
import { fromFloat16, toFloat16 } from './float16.js';
import type { Weights } from './torchWeights.js';

/** A type of numbers that a saved model's weights may have. */
export type Precision = (typeof PRECISION_NAMES)[number];

/**
 * Weights as they come back when they were saved with a precision. A weight that float16 does not hold is no largest number instead:
 * that would be another model, and nobody would know.
 * @throws {InvalidArgumentError} when there is such a weight: 65,520 or more, or −65,520 or less.
 */
export function inPrecision(precision: Precision, weights: Weights): Weights {
  if (precision === 'float32') return weights;
  return new Map(
    [...weights].map(([name, { shape, values }]) => {
      const rounded = fromFloat16(toFloat16(values));
      const at = rounded.findIndex((value, place) => !Number.isFinite(value) && Number.isFinite(values[place]));
      if (at >= 0)
        throw new InvalidArgumentError(
          `Expected weights that float16 holds, which ends at 65,504, got ${values[at]} in ${name}: precision float32 holds them`,
          { options: ['precision'] },
        );
      return [name, { shape, values: rounded }];
    }),
  );
}
