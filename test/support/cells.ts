import { block } from '../../src/cells/block.js';
import { type Cell, cell } from '../../src/cells/cell.js';
import { CELLS as LIBRARY } from '../../src/cells/cells.js';
import { residual } from '../../src/cells/residual.js';
import {
  exp,
  join,
  layerNorm,
  logSigmoid,
  maximum,
  minimum,
  oneMinus,
  relu,
  rowMean,
  sigmoid,
  softplus,
  tanh,
} from '../../src/graph/functions.js';

/** An LSTM whose input gate is 1 − f, and whose output gate sees the new cell state. */
export const coupledPeephole = cell({
  name: 'coupledPeephole',
  state: ({ hidden }) => ({ hidden, memory: hidden }),
  weights: ({ input, hidden, bias, forgetBias }) => ({
    inputWeights: [input, 3 * hidden],
    recurrentWeights: [hidden, 3 * hidden],
    peephole: { shape: [hidden], initial: 0.25 },
    bias: bias ? { shape: [3 * hidden], initial: [forgetBias, 0, 0] } : undefined,
  }),
  step({ x, hidden: h, memory: C, inputWeights: W, recurrentWeights: U, peephole, bias }) {
    const [f, o, c] = h.dot(U).plus(x.dot(W).plus(bias)).split(3);
    const forget = sigmoid(f);
    const memory = forget.times(C).plus(oneMinus(forget).times(tanh(c)));
    const hidden = sigmoid(o.plus(memory.times(peephole))).times(tanh(memory));
    return { output: hidden, state: { hidden, memory }, gates: { forget } };
  },
});

/** No recurrent product at all (Feng et al. 2024). */
export const minimalGru = cell({
  name: 'minimalGru',
  state: ({ hidden }) => ({ hidden }),
  weights: ({ input, hidden, bias }) => ({ inputWeights: [input, 2 * hidden], bias: bias ? [2 * hidden] : undefined }),
  step({ x, hidden: h, inputWeights: W, bias }) {
    const [z, candidate] = x.dot(W).plus(bias).split(2);
    const update = sigmoid(z);
    const hidden = h.plus(update.times(candidate.minus(h)));
    return { output: hidden, state: { hidden }, gates: { update } };
  },
});

/** A state of two parts of other sizes than the output, one of which is the input before; weights that are made of weights. */
const windowed = cell({
  name: 'windowed',
  state: ({ input }) => ({ before: input, slow: 2 }),
  weights: ({ input, hidden }) => ({
    now: [input, hidden],
    earlier: [input, hidden],
    ofSlow: [2, hidden],
    toSlow: [hidden, 2],
    decay: { shape: [2], initial: 0.3 },
  }),
  step({ x, before, slow, now, earlier, ofSlow, toSlow, decay }) {
    const output = tanh(x.dot(now).plus(before.dot(earlier)).plus(slow.dot(ofSlow)));
    const rate = sigmoid(decay);
    return { output, state: { before: x, slow: slow.times(rate).plus(output.dot(toSlow).times(oneMinus(rate))) } };
  },
});

/** Layer normalisation, exponential gates, a stabiliser, and every other operation that there is. */
const everything = cell({
  name: 'everything',
  state: ({ hidden }) => ({ hidden, log: hidden }),
  weights: ({ input, hidden }) => ({
    inputWeights: [input, 2 * hidden],
    recurrentWeights: [hidden, 2 * hidden],
    gain: { shape: [hidden], initial: 1.5 },
    fold: [2 * hidden, 3],
    unfold: [3, 2 * hidden],
  }),
  step({ x, hidden: h, log, inputWeights: W, recurrentWeights: U, gain, fold, unfold }) {
    const [a, b] = x.dot(W).plus(h.dot(U)).split(2);
    const normal = layerNorm(a).times(gain);
    const kept = logSigmoid(b).plus(log);
    const next = maximum(kept, minimum(normal, 0.7));
    const scale = exp(kept.minus(next)).dividedBy(softplus(normal).plus(1));
    const mixed = join(relu(normal), scale).dot(fold.dot(unfold));
    const hidden = tanh(mixed.columns(0, h.width).minus(rowMean(scale))).plus(h.times(0.5));
    return { output: hidden, state: { hidden, log: next } };
  },
});

/** All cells of ours, some that a user might write, and cells around cells: of one the output of which is no part of its state, too. */
export const CELLS: readonly Cell[] = [
  ...Object.values(LIBRARY),
  ...[coupledPeephole, minimalGru, windowed, everything],
  ...[residual('gru'), block('sru', { expansion: 1.5 })],
];

/** Those whose plans differ most from each other, for tests that take their time. */
export const VARIED_CELLS: readonly Cell[] = CELLS.filter(
  (of) => !Object.values(LIBRARY).includes(of) || ['rnn', 'lstm', 'gru', 'gruResetAfter', 'sru'].includes(of.name),
);
