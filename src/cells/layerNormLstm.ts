import { layerNorm, sigmoid, tanh } from '../graph/functions.js';
import { cell } from './cell.js';

/**
 * The LSTM with layer normalisation:
 *
 *     a_t = LN(h_{t−1}·U)
 *     e_t = LN(x_t·W)
 *     f_t = σ(a_{f,t} ⊗ α_{1,f} + e_{f,t} ⊗ α_{2,f} + b_f)
 *     i_t = σ(a_{i,t} ⊗ α_{1,i} + e_{i,t} ⊗ α_{2,i} + b_i)
 *     o_t = σ(a_{o,t} ⊗ α_{1,o} + e_{o,t} ⊗ α_{2,o} + b_o)
 *     C̃_t = tanh(a_{C,t} ⊗ α_{1,C} + e_{C,t} ⊗ α_{2,C} + b_C)
 *     C_t = f_t ⊗ C_{t−1} + i_t ⊗ C̃_t
 *     h_t = o_t ⊗ tanh(LN(C_t) ⊗ α_3 + β_3)
 *
 * As in the paper's supplementary material: each product is normalised as a whole, over all four blocks of columns, and only then
 * split (others normalise each gate by itself). LN(a) = (a − mean) / √(variance + 10⁻⁵); its shift is the bias b. The gains begin at 1.
 * Blocks of columns: f, i, o, candidate.
 */
export const layerNormLstm = cell({
  name: 'layerNormLstm',
  source: 'Ba, Kiros and Hinton, “Layer normalization”, 2016',
  state: ({ hidden }) => ({ hidden, memory: hidden }),
  weights: ({ input, hidden, bias, forgetBias }) => ({
    inputWeights: [input, 4 * hidden],
    recurrentWeights: [hidden, 4 * hidden],
    inputGain: { shape: [4 * hidden], initial: 1 },
    recurrentGain: { shape: [4 * hidden], initial: 1 },
    memoryGain: { shape: [hidden], initial: 1 },
    memoryShift: bias ? [hidden] : undefined,
    bias: bias ? { shape: [4 * hidden], initial: [forgetBias, 0, 0, 0] } : undefined,
  }),
  step({ x, hidden: h, memory: C, inputWeights: W, recurrentWeights: U, bias, ...of }) {
    const fromInput = layerNorm(x.dot(W)).times(of.inputGain).plus(bias);
    const [f, i, o, c] = layerNorm(h.dot(U)).times(of.recurrentGain).plus(fromInput).split(4);
    const [forget, input, output, candidate] = [sigmoid(f), sigmoid(i), sigmoid(o), tanh(c)];
    const memory = forget.times(C).plus(input.times(candidate));
    const hidden = output.times(tanh(layerNorm(memory).times(of.memoryGain).plus(of.memoryShift)));
    return { output: hidden, state: { hidden, memory }, gates: { forget, input, output, candidate } };
  },
});
