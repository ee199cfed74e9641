import { logSigmoid, oneMinus, sigmoid } from '../graph/functions.js';
import { cell } from './cell.js';
import { positive } from './positive.js';

/**
 * The minimal LSTM that no product with its state slows down:
 *
 *     f_t = σ(ln σ(x_t·W_{f,1} + b_{f,1}) − ln σ(x_t·W_{f,2} + b_{f,2}))
 *     i_t = 1 − f_t
 *     h̃_t = max(x_t·W_h + b_h + 0.5, σ(x_t·W_h + b_h))
 *     h_t = f_t ⊗ h_{t−1} + i_t ⊗ h̃_t
 *
 * Gates and candidate do not see the state. With the sigmoids f and i of the paper, the forget gate is f/(f + i) and the input gate
 * i/(f + i): so it is computed by logarithms, in which nothing is divided by zero. Candidates are positive, as in the paper's
 * log-space form: no tanh. A `forgetBias` of 1 begins it at 0.59 instead of ½, and none
 * above ⅔. The state begins at 0, as that of `minGru`. Blocks of columns: f, i, candidate.
 */
export const minLstm = cell({
  name: 'minLstm',
  source: 'Feng et al., “Were RNNs all we needed?”, 2024, log-space form',
  state: ({ hidden }) => ({ hidden }),
  weights: ({ input, hidden, bias, forgetBias }) => ({
    inputWeights: [input, 3 * hidden],
    bias: bias ? { shape: [3 * hidden], initial: [forgetBias, 0, 0] } : undefined,
  }),
  step({ x, hidden: h, inputWeights: W, bias }) {
    const [f, i, c] = x.dot(W).plus(bias).split(3);
    const forget = sigmoid(logSigmoid(f).minus(logSigmoid(i)));
    const [input, candidate] = [oneMinus(forget), positive(c)];
    const hidden = forget.times(h).plus(input.times(candidate));
    return { output: hidden, state: { hidden }, gates: { forget, input, candidate } };
  },
});
