import { relu } from '../graph/functions.js';
import { cell } from './cell.js';

/**
 * The independently recurrent network:
 *
 *     h_t = ReLU(x_t·W + h_{t−1} ⊗ U + b)
 *
 * U is a row: a unit sees of the state before only itself. As in the paper, where they are drawn at random, its numbers begin between
 * 0 and 1, here evenly spread: some units forget at once, others hardly. The paper
 * also keeps them below a bound while it trains, which nothing does here.
 */
export const indRnn = cell({
  name: 'indRnn',
  source: 'Li et al., “Independently recurrent neural network (IndRNN)”, 2018',
  state: ({ hidden }) => ({ hidden }),
  weights: ({ input, hidden, bias }) => ({
    inputWeights: [input, hidden],
    recurrentWeights: { shape: [hidden], initial: Array.from({ length: hidden }, (_, unit) => (unit + 0.5) / hidden) },
    bias: bias ? [hidden] : undefined,
  }),
  step({ x, hidden: h, inputWeights: W, recurrentWeights: u, bias }) {
    const next = relu(h.times(u).plus(x.dot(W).plus(bias)));
    return { output: next, state: { hidden: next } };
  },
});
