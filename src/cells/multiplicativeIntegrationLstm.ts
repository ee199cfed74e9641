import { sigmoid, tanh } from '../graph/functions.js';
import { cell } from './cell.js';

/**
 * The LSTM in which what comes from the input and what comes from the state are multiplied, too:
 *
 *     f_t = σ(h_{t−1}·U_f ⊗ (x_t·W_f ⊗ α_f + β_{1,f}) + x_t·W_f ⊗ β_{2,f} + b_f)
 *     i_t = σ(h_{t−1}·U_i ⊗ (x_t·W_i ⊗ α_i + β_{1,i}) + x_t·W_i ⊗ β_{2,i} + b_i)
 *     o_t = σ(h_{t−1}·U_o ⊗ (x_t·W_o ⊗ α_o + β_{1,o}) + x_t·W_o ⊗ β_{2,o} + b_o)
 *     C̃_t = tanh(h_{t−1}·U_C ⊗ (x_t·W_C ⊗ α_C + β_{1,C}) + x_t·W_C ⊗ β_{2,C} + b_C)
 *     C_t = f_t ⊗ C_{t−1} + i_t ⊗ C̃_t
 *     h_t = o_t ⊗ tanh(C_t)
 *
 * What stands in brackets times h·U is the paper's α ⊗ (x·W) ⊗ (h·U) + β₁ ⊗ (h·U); so half as much is computed at each time step.
 * α begins at 1, β₁ and β₂ at ½. Blocks of columns: f, i, o, candidate.
 */
export const multiplicativeIntegrationLstm = cell({
  name: 'multiplicativeIntegrationLstm',
  source: 'Wu et al., “On multiplicative integration with recurrent neural networks”, 2016',
  state: ({ hidden }) => ({ hidden, memory: hidden }),
  weights: ({ input, hidden, bias, forgetBias }) => ({
    inputWeights: [input, 4 * hidden],
    recurrentWeights: [hidden, 4 * hidden],
    alpha: { shape: [4 * hidden], initial: 1 },
    beta1: { shape: [4 * hidden], initial: 0.5 },
    beta2: { shape: [4 * hidden], initial: 0.5 },
    bias: bias ? { shape: [4 * hidden], initial: [forgetBias, 0, 0, 0] } : undefined,
  }),
  step({ x, hidden: h, memory: C, inputWeights: W, recurrentWeights: U, alpha, beta1, beta2, bias }) {
    const fromInput = x.dot(W);
    const factor = fromInput.times(alpha).plus(beta1);
    const [f, i, o, c] = h.dot(U).times(factor).plus(fromInput.times(beta2).plus(bias)).split(4);
    const [forget, input, output, candidate] = [sigmoid(f), sigmoid(i), sigmoid(o), tanh(c)];
    const memory = forget.times(C).plus(input.times(candidate));
    const hidden = output.times(tanh(memory));
    return { output: hidden, state: { hidden, memory }, gates: { forget, input, output, candidate } };
  },
});
