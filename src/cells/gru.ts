import { sigmoid, tanh } from '../graph/functions.js';
import { cell } from './cell.js';

/**
 * The gated recurrent unit:
 *
 *     z_t = σ(x_t·W_z + h_{t−1}·U_z + b_z)
 *     r_t = σ(x_t·W_r + h_{t−1}·U_r + b_r)
 *     h̃_t = tanh(x_t·W_h + (r_t ⊗ h_{t−1})·U_h + b_h)
 *     h_t = (1 − z_t) ⊗ h_{t−1} + z_t ⊗ h̃_t
 *
 * Blocks of columns: z, r, candidate.
 */
export const gru = cell({
  name: 'gru',
  source: 'Cho et al., “Learning phrase representations using RNN encoder–decoder”, 2014',
  bias: false,
  state: ({ hidden }) => ({ hidden }),
  weights: ({ input, hidden, bias }) => ({
    inputWeights: [input, 3 * hidden],
    recurrentWeights: [hidden, 3 * hidden],
    bias: bias ? [3 * hidden] : undefined,
  }),
  step({ x, hidden: h, inputWeights: W, recurrentWeights: U, bias }) {
    const size = h.width;
    const [xz, xr, xn] = x.dot(W).plus(bias).split(3);
    const [hz, hr] = h.dot(U.columns(0, 2 * size)).split(2);
    const [update, reset] = [sigmoid(xz.plus(hz)), sigmoid(xr.plus(hr))];
    const candidate = tanh(xn.plus(reset.times(h).dot(U.columns(2 * size, 3 * size))));
    const hidden = h.plus(update.times(candidate.minus(h)));
    return { output: hidden, state: { hidden }, gates: { update, reset, candidate } };
  },
  torch: { module: 'GRU', blocks: [1, 0, 2], negated: [0] },
});
