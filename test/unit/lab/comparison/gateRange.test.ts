import test from 'ava';
import { cell } from '../../../../src/cells/cell.js';
import { CELLS } from '../../../../src/cells/cells.js';
import { gru } from '../../../../src/cells/gru.js';
import { lstm } from '../../../../src/cells/lstm.js';
import type { Expression } from '../../../../src/graph/Expression.js';
import { sigmoid, tanh } from '../../../../src/graph/functions.js';
import { gateRange } from '../../../../src/lab/comparison/gateRange.js';

const SIZES = { input: 3, hidden: 3, bias: true };
const UNIT = [-1, 1];
const UNBOUNDED = [-10, 10];

test('the gates of an LSTM and a GRU have the ranges of their functions, an LSTM’s memory has none', (t) => {
  const [ofLstm, ofGru] = [lstm.trace(SIZES), gru.trace(SIZES)];
  t.deepEqual(gateRange(ofLstm, 'forget'), [0, 1]);
  t.deepEqual(gateRange(ofLstm, 'candidate'), UNIT);
  t.deepEqual(gateRange(ofLstm, 'hidden'), UNIT);
  t.deepEqual(gateRange(ofLstm, 'memory'), UNBOUNDED);
  t.deepEqual(gateRange(ofGru, 'hidden'), UNIT);
});

test('every gate of the cells of the library that is called one is a share, the stabilised ones of an sLSTM too', (t) => {
  for (const [name, cell] of Object.entries(CELLS)) {
    const traced = cell.trace({ input: 3, hidden: 3, bias: true });
    for (const gate of ['forget', 'input', 'output', 'update', 'reset'])
      if (gate in traced.gates) t.deepEqual(gateRange(traced, gate), [0, 1], `${name} ${gate}`);
  }
});

test('what is made of a part of the state is as bounded as that part is from step to step', (t) => {
  const traced = cell({
    name: 'mine',
    state: ({ hidden }) => ({ sum: hidden, late: hidden, calm: hidden }),
    weights: () => ({}),
    step: ({ x, sum, late, calm }) => ({
      output: tanh(x),
      state: { sum: sum.plus(tanh(x)), late: sum, calm: calm.times(sigmoid(x)) },
      gates: { ofSum: sum.times(sigmoid(x)), ofLate: late.times(sigmoid(x)), ofCalm: calm.times(tanh(x)) },
    }),
  }).trace(SIZES);
  for (const gate of ['sum', 'late', 'ofSum', 'ofLate']) t.deepEqual(gateRange(traced, gate), UNBOUNDED, gate);
  for (const gate of ['calm', 'ofCalm', 'outputs']) t.deepEqual(gateRange(traced, gate), UNIT, gate);
});

test('a value that is squared a hundred times is looked into once each time', (t) => {
  const traced = cell({
    name: 'mine',
    state: () => ({}),
    weights: () => ({}),
    step({ x }) {
      let power: Expression = tanh(x);
      for (let time = 0; time < 100; time++) power = power.times(power);
      return { output: power, state: {} };
    },
  }).trace(SIZES);
  t.deepEqual(gateRange(traced, 'outputs'), UNIT);
});
