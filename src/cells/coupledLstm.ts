import { sigmoid, tanh } from '../graph/functions.js';
import { cell } from './cell.js';

/**
 * The LSTM with coupled gates, that writes as much as it forgets: its input gate is 1 − f:
 *
 *     f_t = σ(x_t·W_f + h_{t−1}·U_f + b_f)
 *     o_t = σ(x_t·W_o + h_{t−1}·U_o + b_o)
 *     C̃_t = tanh(x_t·W_C + h_{t−1}·U_C + b_C)
 *     C_t = (1 − f_t) ⊗ C̃_t + f_t ⊗ C_{t−1}
 *     h_t = o_t ⊗ tanh(C_t)
 *
 * Blocks of columns: f, o, candidate.
 */
export const coupledLstm = cell({
  name: 'coupledLstm',
  source: 'Greff et al., “LSTM: a search space odyssey”, 2017, there CIFG; without peepholes',
  state: ({ hidden }) => ({ hidden, memory: hidden }),
  weights: ({ input, hidden, bias, forgetBias }) => ({
    inputWeights: [input, 3 * hidden],
    recurrentWeights: [hidden, 3 * hidden],
    bias: bias ? { shape: [3 * hidden], initial: [forgetBias, 0, 0] } : undefined,
  }),
  step({ x, hidden: h, memory: C, inputWeights: W, recurrentWeights: U, bias }) {
    const [f, o, c] = h.dot(U).plus(x.dot(W).plus(bias)).split(3);
    const [forget, output, candidate] = [sigmoid(f), sigmoid(o), tanh(c)];
    const memory = candidate.plus(forget.times(C.minus(candidate)));
    const hidden = output.times(tanh(memory));
    return { output: hidden, state: { hidden, memory }, gates: { forget, output, candidate } };
  },
});
