import { tanh } from '../graph/functions.js';
import { cell } from './cell.js';

/**
 * The simple recurrent network:
 *
 *     h_t = tanh(x_t·W + h_{t−1}·U + b)
 */
export const rnn = cell({
  name: 'rnn',
  source: 'Elman, “Finding structure in time”, 1990',
  state: ({ hidden }) => ({ hidden }),
  weights: ({ input, hidden, bias }) => ({
    inputWeights: [input, hidden],
    recurrentWeights: [hidden, hidden],
    bias: bias ? [hidden] : undefined,
  }),
  step({ x, hidden: h, inputWeights: W, recurrentWeights: U, bias }) {
    const next = tanh(h.dot(U).plus(x.dot(W).plus(bias)));
    return { output: next, state: { hidden: next } };
  },
  torch: { module: 'RNN', blocks: [0], negated: [] },
});
