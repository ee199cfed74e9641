import { sigmoid, tanh } from '../graph/functions.js';
import { cell } from './cell.js';

/**
 * The update gate RNN, a simple one that keeps what its one gate says:
 *
 *     f_t = σ(x_t·W_f + h_{t−1}·U_f + b_f)
 *     h̃_t = tanh(x_t·W_h + h_{t−1}·U_h + b_h)
 *     h_t = (1 − f_t) ⊗ h̃_t + f_t ⊗ h_{t−1}
 *
 * The paper's update gate g is f here, for it keeps the state where it is 1, as a forget gate does. A `forgetBias` is what its bias
 * begins with, not a constant that is added to that for ever. Blocks of columns: f, candidate.
 */
export const ugrnn = cell({
  name: 'ugrnn',
  source: 'Collins, Sohl-Dickstein and Sussillo, “Capacity and trainability in recurrent neural networks”, 2017',
  state: ({ hidden }) => ({ hidden }),
  weights: ({ input, hidden, bias, forgetBias }) => ({
    inputWeights: [input, 2 * hidden],
    recurrentWeights: [hidden, 2 * hidden],
    bias: bias ? { shape: [2 * hidden], initial: [forgetBias, 0] } : undefined,
  }),
  step({ x, hidden: h, inputWeights: W, recurrentWeights: U, bias }) {
    const [f, c] = h.dot(U).plus(x.dot(W).plus(bias)).split(2);
    const [forget, candidate] = [sigmoid(f), tanh(c)];
    const hidden = candidate.plus(forget.times(h.minus(candidate)));
    return { output: hidden, state: { hidden }, gates: { forget, candidate } };
  },
});
