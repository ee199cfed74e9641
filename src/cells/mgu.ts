import { sigmoid, tanh } from '../graph/functions.js';
import { cell } from './cell.js';

/**
 * The minimal gated unit, a GRU whose one gate is both:
 *
 *     f_t = σ(x_t·W_f + h_{t−1}·U_f + b_f)
 *     h̃_t = tanh(x_t·W_h + (f_t ⊗ h_{t−1})·U_h + b_h)
 *     h_t = (1 − f_t) ⊗ h_{t−1} + f_t ⊗ h̃_t
 *
 * Where f is 1, a unit forgets all and takes the candidate: a `forgetBias` would do the opposite of what it does in an LSTM, and
 * there is none. Blocks of columns: f, candidate.
 */
export const mgu = cell({
  name: 'mgu',
  source: 'Zhou et al., “Minimal gated unit for recurrent neural networks”, 2016',
  state: ({ hidden }) => ({ hidden }),
  weights: ({ input, hidden, bias }) => ({
    inputWeights: [input, 2 * hidden],
    recurrentWeights: [hidden, 2 * hidden],
    bias: bias ? [2 * hidden] : undefined,
  }),
  step({ x, hidden: h, inputWeights: W, recurrentWeights: U, bias }) {
    const [xf, xn] = x.dot(W).plus(bias).split(2);
    const [ofForget, ofCandidate] = U.split(2);
    const forget = sigmoid(xf.plus(h.dot(ofForget)));
    const candidate = tanh(xn.plus(forget.times(h).dot(ofCandidate)));
    const hidden = h.plus(forget.times(candidate.minus(h)));
    return { output: hidden, state: { hidden }, gates: { forget, candidate } };
  },
});
