import type { GivenSizes } from '../../../src/index.js';

/** What a digit to the base of 100 counts where the input is 100 numbers wide and the hidden state 100³. */
const TERMS = ['', 'input', 'input²', 'hidden', 'hidden·input', undefined, 'hidden²'];

/** A polynomial of the sizes, such as `4·hidden² + 4·hidden·input`, found by its value at one pair of sizes; 0 has none. */
export function sizeFormula(valueAt: (sizes: GivenSizes) => number): string {
  let rest = valueAt({ input: 100, hidden: 100 ** 3, bias: true });
  const counts = TERMS.map((term) => {
    const count = rest % 100;
    rest = (rest - count) / 100;
    return [term, count] as const;
  });
  if (rest > 0 || counts.some(([term, count]) => term === undefined && count > 0))
    throw new RangeError('Expected hidden², hidden·input, input², hidden, input and 1, each fewer than 100 times');
  return counts
    .filter(([, count]) => count > 0)
    .map(([term, count]) => [...(count === 1 && term ? [] : [count]), ...(term ? [term] : [])].join('·'))
    .toReversed()
    .join(' + ');
}
