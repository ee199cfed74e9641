import { type Cell, cell } from '../../src/cells/cell.js';
import { join, relu, sigmoid, tanh } from '../../src/graph/functions.js';

/** Cells that nobody would want, but that can be written. */
export const ODD_CELLS: readonly Cell[] = [
  cell({
    name: 'withoutState',
    state: () => ({}),
    weights: ({ input, hidden }) => ({ inputWeights: [input, hidden] }),
    step: ({ x, inputWeights }) => ({ output: tanh(x.dot(inputWeights)), state: {} }),
  }),
  cell({
    name: 'withoutInput',
    state: ({ hidden }) => ({ hidden }),
    weights: ({ hidden }) => ({ recurrentWeights: [hidden, hidden], bias: { shape: [hidden], initial: 0.5 } }),
    step({ hidden: h, recurrentWeights, bias }) {
      const hidden = tanh(h.dot(recurrentWeights).plus(bias));
      return { output: hidden, state: { hidden } };
    },
  }),
  cell({
    name: 'withoutWeights',
    state: ({ hidden }) => ({ hidden }),
    weights: () => ({}),
    step({ x, hidden: h }) {
      const hidden = tanh(x.plus(h));
      return { output: hidden, state: { hidden } };
    },
  }),
  cell({
    name: 'outputIsInput',
    state: ({ hidden }) => ({ hidden }),
    weights: ({ hidden }) => ({ recurrentWeights: [hidden, hidden] }),
    step: ({ x, hidden: h, recurrentWeights }) => ({ output: x, state: { hidden: h.dot(recurrentWeights) } }),
  }),
  cell({
    name: 'outputIsCutOut',
    state: ({ hidden }) => ({ hidden }),
    weights: ({ input, hidden }) => ({ inputWeights: [input, 2 * hidden] }),
    step({ x, hidden: h, inputWeights }) {
      const [a, b] = x.dot(inputWeights).split(2);
      return { output: b, state: { hidden: h }, gates: { a } };
    },
  }),
  cell({
    name: 'outputIsThePastState',
    state: ({ hidden }) => ({ hidden, memory: hidden }),
    weights: ({ hidden }) => ({ recurrentWeights: [hidden, hidden] }),
    step: ({ x, hidden: h, memory, recurrentWeights }) => ({
      output: h,
      state: { hidden: memory, memory: tanh(x.dot(recurrentWeights).plus(h)) },
    }),
  }),
  cell({
    name: 'sameTwice',
    state: ({ hidden }) => ({ one: hidden, other: hidden }),
    weights: ({ input, hidden }) => ({
      first: [input, hidden],
      second: [input, hidden],
      row: { shape: [hidden], initial: 0.1 },
      sameRow: { shape: [hidden], initial: 0.2 },
    }),
    step({ x, one, other, first, second, row, sameRow }) {
      const next = tanh(x.dot(first.plus(second)).plus(row.plus(sameRow)).plus(one.times(other)));
      return { output: next, state: { one: next, other: next }, gates: { same: next, again: next } };
    },
  }),
  cell({
    name: 'unused',
    state: ({ hidden }) => ({ hidden, idle: 3 }),
    weights: ({ input, hidden }) => ({
      inputWeights: [input, hidden],
      unusedMatrix: [5, 2],
      unusedRow: [4],
      onlyOfGate: [hidden, 2],
    }),
    step({ x, hidden: h, idle, inputWeights, onlyOfGate }) {
      const hidden = tanh(x.dot(inputWeights).plus(h.times(0.5)));
      return {
        output: hidden,
        state: { hidden, idle },
        gates: { seen: sigmoid(hidden.dot(onlyOfGate)), ofInput: relu(x) },
      };
    },
  }),
  cell({
    name: 'piecesOfEverything',
    state: ({ hidden }) => ({ hidden }),
    weights: ({ input, hidden }) => ({ all: [input, 3 * hidden], row: { shape: [3 * hidden], initial: 0.3 } }),
    step({ x, hidden: h, all, row }) {
      const size = h.width;
      const [scale, shift] = [row.columns(0, size), row.columns(size, 2 * size)];
      const part = x.columns(0, 1);
      const product = x.dot(all.columns(size, 2 * size)).plus(x.dot(all.columns(0, size)));
      const hidden = tanh(product.times(scale).plus(shift).plus(h.times(part)));
      const swapped = join(hidden.columns(1, size), hidden.columns(0, 1));
      return { output: swapped, state: { hidden } };
    },
  }),
];
