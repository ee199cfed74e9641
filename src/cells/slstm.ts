import { exp, logSigmoid, maximum, sigmoid, tanh } from '../graph/functions.js';
import { cell } from './cell.js';

/**
 * The LSTM with an exponential input gate, a normalizer n that the memory is divided by, and a stabilizer m:
 *
 *     a_t = ln σ(x_t·W_a + h_{t−1}·U_a + b_a) + m_{t−1}
 *     e_t = x_t·W_e + h_{t−1}·U_e + b_e
 *     m_t = max(a_t, e_t)
 *     f_t = exp(a_t − m_t)
 *     i_t = exp(e_t − m_t)
 *     o_t = σ(x_t·W_o + h_{t−1}·U_o + b_o)
 *     C̃_t = tanh(x_t·W_C + h_{t−1}·U_C + b_C)
 *     C_t = f_t ⊗ C_{t−1} + i_t ⊗ C̃_t
 *     n_t = f_t ⊗ n_{t−1} + i_t
 *     h_t = o_t ⊗ (C_t / max(n_t, 1e−30))
 *
 * The input gate is an exponential, the forget gate a sigmoid; both are kept in logarithms and scaled by e^(−m), which
 * cancels in C/n. The authors' code begins with m = e_1, which makes h the same as m = 0 does; only where the first input gate is
 * tiny would n be too small to divide by then, hence the bound. One head. Blocks of columns: f, i, o, candidate.
 */
export const slstm = cell({
  name: 'slstm',
  source: 'Beck et al., “xLSTM: extended long short-term memory”, 2024; with a sigmoid forget gate and one head',
  state: ({ hidden }) => ({ hidden, memory: hidden, normalizer: hidden, stabilizer: hidden }),
  weights: ({ input, hidden, bias, forgetBias }) => ({
    inputWeights: [input, 4 * hidden],
    recurrentWeights: [hidden, 4 * hidden],
    bias: bias ? { shape: [4 * hidden], initial: [forgetBias, 0, 0, 0] } : undefined,
  }),
  step({ x, hidden: h, memory: C, normalizer: n, stabilizer: m, inputWeights: W, recurrentWeights: U, bias }) {
    const [f, i, o, c] = h.dot(U).plus(x.dot(W).plus(bias)).split(4);
    const kept = logSigmoid(f).plus(m);
    const stabilizer = maximum(kept, i);
    const [forget, input] = [exp(kept.minus(stabilizer)), exp(i.minus(stabilizer))];
    const [output, candidate] = [sigmoid(o), tanh(c)];
    const memory = forget.times(C).plus(input.times(candidate));
    const normalizer = forget.times(n).plus(input);
    const hidden = output.times(memory.dividedBy(maximum(normalizer, 1e-30)));
    return {
      output: hidden,
      state: { hidden, memory, normalizer, stabilizer },
      gates: { forget, input, output, candidate },
    };
  },
});
