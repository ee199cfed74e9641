import { sigmoid, tanh } from '../graph/functions.js';
import { cell } from './cell.js';

/**
 * The LSTM whose gates see the memory: forget and input gate the one before, the output gate the new one:
 *
 *     f_t = σ(x_t·W_f + h_{t−1}·U_f + C_{t−1} ⊗ p_f + b_f)
 *     i_t = σ(x_t·W_i + h_{t−1}·U_i + C_{t−1} ⊗ p_i + b_i)
 *     C̃_t = tanh(x_t·W_C + h_{t−1}·U_C + b_C)
 *     C_t = f_t ⊗ C_{t−1} + i_t ⊗ C̃_t
 *     o_t = σ(x_t·W_o + h_{t−1}·U_o + C_t ⊗ p_o + b_o)
 *     h_t = o_t ⊗ tanh(C_t)
 *
 * Peepholes are rows, a number for each number of the memory, and begin at zero: at first this is an LSTM without them.
 * Blocks of columns: f, i, o, candidate; of the peepholes: f, i, o.
 */
export const peepholeLstm = cell({
  name: 'peepholeLstm',
  source: 'Gers and Schmidhuber, “Recurrent nets that time and count”, 2000',
  state: ({ hidden }) => ({ hidden, memory: hidden }),
  weights: ({ input, hidden, bias, forgetBias }) => ({
    inputWeights: [input, 4 * hidden],
    recurrentWeights: [hidden, 4 * hidden],
    peepholes: [3 * hidden],
    bias: bias ? { shape: [4 * hidden], initial: [forgetBias, 0, 0, 0] } : undefined,
  }),
  step({ x, hidden: h, memory: C, inputWeights: W, recurrentWeights: U, peepholes, bias }) {
    const [f, i, o, c] = h.dot(U).plus(x.dot(W).plus(bias)).split(4);
    const [pf, pi, po] = peepholes.split(3);
    const forget = sigmoid(f.plus(C.times(pf)));
    const input = sigmoid(i.plus(C.times(pi)));
    const candidate = tanh(c);
    const memory = forget.times(C).plus(input.times(candidate));
    const output = sigmoid(o.plus(memory.times(po)));
    const hidden = output.times(tanh(memory));
    return { output: hidden, state: { hidden, memory }, gates: { forget, input, output, candidate } };
  },
});
