import { InvalidArgumentError } from 'commander';

/** `12`, `-0.5`, `1e-3`: what people write. JavaScript also takes `0x10`, blanks and `Infinity` for numbers. */
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** What reads numbers, so that the help of a command that has some can say how they are written. */
export const NUMBER_PARSERS = new Set<unknown>();

/** Reads any integer. */
export const integer = numberThat('an integer below 2^53', Number.isSafeInteger);
/** Reads a number of things, at least one. */
export const count = numberThat(
  'an integer of at least 1 and below 2^53',
  (value) => Number.isSafeInteger(value) && value >= 1,
);
/** Reads a number of things, perhaps none. */
export const countFromZero = numberThat(
  'an integer of at least 0 and below 2^53',
  (value) => Number.isSafeInteger(value) && value >= 0,
);
/** Reads any number. */
export const number = numberThat('a number', Number.isFinite);
/** Reads a number that is 0 or above. */
export const atLeastZero = numberThat('a number of at least 0', (value) => value >= 0 && value < Infinity);
/** Reads a number that is 1 or above. */
export const atLeastOne = numberThat('a number of at least 1', (value) => value >= 1 && value < Infinity);
/** Reads a size that is above zero. */
export const positive = numberThat('a number above 0', (value) => value > 0 && value < Infinity);
/** Reads a share: from 0 on and below 1. */
export const share = numberThat('a number of at least 0 and below 1', (value) => value >= 0 && value < 1);
/** Reads a share that is neither nothing nor the whole. */
export const part = numberThat('a number above 0 and below 1', (value) => value > 0 && value < 1);
/** Reads a share that may be the whole, but not nothing. */
export const shareAboveZero = numberThat('a number above 0 and of at most 1', (value) => value > 0 && value <= 1);
/** Reads a share that may be nothing, and the whole. */
export const shareOrWhole = numberThat('a number of at least 0 and of at most 1', (value) => value >= 0 && value <= 1);

/** Reads a seed that others are counted up from, which leaves room for them. */
export const seed = numberThat(
  'an integer of at most 2^52',
  (value) => Number.isInteger(value) && Math.abs(value) <= 2 ** 52,
);

/** Reads seconds to wait, at most a day. */
export const seconds = numberThat('a number above 0 and of at most 86400', (value) => value > 0 && value <= 86_400);

/** Reads the number of a port, where 0 is any. */
export const port = numberThat(
  'an integer from 0 to 65535',
  (value) => Number.isInteger(value) && value >= 0 && value <= 65_535,
);

/** Makes a reader of decimal numbers: `option('--seed <n>', 'same seed, same run', integer)`. */
export function numberThat(expectation: string, holds: (value: number) => boolean): (text: string) => number {
  const parse = (text: string): number => {
    const value = DECIMAL.test(text) ? Number(text) : Number.NaN;
    if (!holds(value)) throw new InvalidArgumentError(`Expected ${expectation}, in decimals.`);
    return value;
  };
  NUMBER_PARSERS.add(parse);
  return parse;
}
