import { InvalidArgumentError } from 'commander';
import { positive } from '../numbers.js';

/** Reads a list of learning rates: `0.005,0.01,0.02`. */
export function rates(text: string): number[] {
  const given = text.split(',').map((rate) => positive(rate.trim()));
  if (given.length < 2 || given.some((rate, index) => index > 0 && rate <= (given[index - 1] ?? 0)))
    throw new InvalidArgumentError('Expected two rates at least, in rising order.');
  return given;
}
