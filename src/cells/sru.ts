import { sigmoid } from '../graph/functions.js';
import { cell } from './cell.js';

/**
 * The simple recurrent unit, whose gates see of its memory only themselves, and whose output is not its state:
 *
 *     r_t = σ(x_t·W_r + C_{t−1} ⊗ p_r + b_r)
 *     f_t = σ(x_t·W_f + C_{t−1} ⊗ p_f + b_f)
 *     C̃_t = x_t·W_C
 *     C_t = (1 − f_t) ⊗ C̃_t + f_t ⊗ C_{t−1}
 *     y_t = (1 − r_t) ⊗ x_t·W_y + r_t ⊗ C_t
 *
 * Where input and state are equally wide, x_t itself stands for x_t·W_y. Without the paper's constant that scales it. What the gates
 * see of the memory begins at zero. Blocks of columns: f, r, candidate, and W_y where there is one; of the rows: f, r.
 */
export const sru = cell({
  name: 'sru',
  source: 'Lei et al., “Simple recurrent units for highly parallelizable recurrence”, 2018',
  state: ({ hidden }) => ({ memory: hidden }),
  weights: ({ input, hidden, bias, forgetBias }) => ({
    inputWeights: [input, (input === hidden ? 3 : 4) * hidden],
    peepholes: [2 * hidden],
    bias: bias ? { shape: [2 * hidden], initial: [forgetBias, 0] } : undefined,
  }),
  step({ x, memory: C, inputWeights: W, peepholes, bias }) {
    const size = C.width;
    const ofInput = x.dot(W);
    const [xf, xr] = ofInput
      .columns(0, 2 * size)
      .plus(bias)
      .split(2);
    const [vf, vr] = peepholes.split(2);
    const candidate = ofInput.columns(2 * size, 3 * size);
    const passed = x.width === size ? x : ofInput.columns(3 * size, 4 * size);
    const [forget, reset] = [sigmoid(xf.plus(C.times(vf))), sigmoid(xr.plus(C.times(vr)))];
    const memory = candidate.plus(forget.times(C.minus(candidate)));
    const output = passed.plus(reset.times(memory.minus(passed)));
    return { output, state: { memory }, gates: { forget, reset, candidate } };
  },
});
