import { sigmoid } from '../graph/functions.js';
import { cell } from './cell.js';
import { positive } from './positive.js';

/**
 * The minimal gated recurrent unit that no product with its state slows down:
 *
 *     z_t = σ(x_t·W_z + b_z)
 *     h̃_t = max(x_t·W_h + b_h + 0.5, σ(x_t·W_h + b_h))
 *     h_t = (1 − z_t) ⊗ h_{t−1} + z_t ⊗ h̃_t
 *
 * Gate and candidate do not see the state. Candidates are positive, as in the paper's log-space form: no tanh.
 * The state begins at 0 (published code of that form takes g of it, which is ½).
 * Blocks of columns: z, candidate.
 */
export const minGru = cell({
  name: 'minGru',
  source: 'Feng et al., “Were RNNs all we needed?”, 2024, log-space form',
  state: ({ hidden }) => ({ hidden }),
  weights: ({ input, hidden, bias }) => ({
    inputWeights: [input, 2 * hidden],
    bias: bias ? [2 * hidden] : undefined,
  }),
  step({ x, hidden: h, inputWeights: W, bias }) {
    const [z, c] = x.dot(W).plus(bias).split(2);
    const [update, candidate] = [sigmoid(z), positive(c)];
    const hidden = h.plus(update.times(candidate.minus(h)));
    return { output: hidden, state: { hidden }, gates: { update, candidate } };
  },
});
