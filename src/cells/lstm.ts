import { sigmoid, tanh } from '../graph/functions.js';
import { cell } from './cell.js';

/**
 * Long short-term memory:
 *
 *     f_t = σ(x_t·W_f + h_{t−1}·U_f + b_f)
 *     i_t = σ(x_t·W_i + h_{t−1}·U_i + b_i)
 *     o_t = σ(x_t·W_o + h_{t−1}·U_o + b_o)
 *     C̃_t = tanh(x_t·W_C + h_{t−1}·U_C + b_C)
 *     C_t = f_t ⊗ C_{t−1} + i_t ⊗ C̃_t
 *     h_t = o_t ⊗ tanh(C_t)
 *
 * Blocks of columns: f, i, o, candidate.
 */
export const lstm = cell({
  name: 'lstm',
  source:
    'Hochreiter and Schmidhuber, “Long short-term memory”, 1997; forget gate: Gers, Schmidhuber and Cummins, 2000',
  state: ({ hidden }) => ({ hidden, memory: hidden }),
  weights: ({ input, hidden, bias, forgetBias }) => ({
    inputWeights: [input, 4 * hidden],
    recurrentWeights: [hidden, 4 * hidden],
    bias: bias ? { shape: [4 * hidden], initial: [forgetBias, 0, 0, 0] } : undefined,
  }),
  step({ x, hidden: h, memory: C, inputWeights: W, recurrentWeights: U, bias }) {
    const [f, i, o, c] = h.dot(U).plus(x.dot(W).plus(bias)).split(4);
    const [forget, input, output, candidate] = [sigmoid(f), sigmoid(i), sigmoid(o), tanh(c)];
    const memory = forget.times(C).plus(input.times(candidate));
    const hidden = output.times(tanh(memory));
    return { output: hidden, state: { hidden, memory }, gates: { forget, input, output, candidate } };
  },
  torch: { module: 'LSTM', blocks: [1, 0, 3, 2], negated: [] },
});
