import test from 'ava';
import { cell } from '../../../src/cells/cell.js';
import { cellOfRecord } from '../../../src/cells/cellOfRecord.js';
import { hasForgetBias } from '../../../src/cells/hasForgetBias.js';
import { lstm } from '../../../src/cells/lstm.js';
import { recordCell } from '../../../src/cells/recordCell.js';
import { residual } from '../../../src/cells/residual.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { isClose } from '../../support/closeness.js';
import { stepByHand } from '../../support/stepByHand.js';

test('what is read is added to what the cell makes of it', (t) => {
  const made = stepByHand(residual('rnn'), {
    x: [2],
    state: { hidden: [0.4] },
    weights: { inputWeights: [[0.5]], recurrentWeights: [[0.25]], bias: [0.1] },
  });
  // tanh(2·0.5 + 0.4·0.25 + 0.1) = tanh(1.2)
  isClose(t, made.state['hidden'] ?? [], [0.8336546070121552], 1e-12);
  isClose(t, made.output, [2 + 0.8336546070121552], 1e-12);
});

test('where it is of another width, it is carried over by a matrix', (t) => {
  const made = stepByHand(residual('rnn'), {
    x: [1, 3],
    state: { hidden: [0.4] },
    weights: { inputWeights: [[0.5], [1]], recurrentWeights: [[0.25]], bias: [0.1], carryWeights: [[2], [-1]] },
  });
  // 1·2 + 3·(−1) + tanh(3.7)
  isClose(t, made.output, [-1 + 0.9987782412811312], 1e-12);
});

test('it has the state, the gates and the weights of the cell, its biases and its forget bias, and a name of its own', (t) => {
  const [wide, same] = [
    { input: 3, hidden: 4, bias: true, forgetBias: 1 },
    { input: 4, hidden: 4, bias: false },
  ];
  const made = residual('lstm');
  t.is(made.name, 'residualLstm');
  t.true(made.source?.startsWith(lstm.source ?? 'none'));
  t.deepEqual(made.state(wide), { hidden: 4, memory: 4 });
  t.deepEqual(made.weights(wide), {
    ...lstm.weights(wide),
    carryWeights: { shape: [3, 4], initial: undefined },
  });
  t.deepEqual(made.weights(same), lstm.weights(same));
  const gates = ['forget', 'input', 'output', 'candidate', 'hidden', 'memory', 'outputs'];
  t.deepEqual(Object.keys(made.trace(wide).gates).sort(), gates.sort());
  t.true(hasForgetBias(made));
  t.false(residual('gru').bias);
  t.is(residual('gru').torch, undefined);
});

test('of a cell that has weights or a state of these names, it calls its own otherwise', (t) => {
  const mine = cell({
    name: 'mine',
    state: ({ hidden }) => ({ carryWeights2: hidden }),
    weights: ({ input, hidden }) => ({ carryWeights: [input, hidden] }),
    step({ x, carryWeights, carryWeights2 }) {
      const next = x.dot(carryWeights).plus(carryWeights2);
      return { output: next, state: { carryWeights2: next } };
    },
  });
  const made = stepByHand(residual(residual(mine)), {
    x: [1, 1],
    state: { carryWeights2: [4] },
    weights: { carryWeights: [[1], [2]], carryWeights3: [[10], [20]], carryWeights4: [[100], [200]] },
  });
  // 1 + 2 + 4, and what is carried over twice
  isClose(t, made.output, [7 + 30 + 300], 1e-12);
  t.is(residual(residual(mine)).name, 'residualResidualMine');
});

test('of a cell that was recorded, it is at the sizes that this was recorded at', (t) => {
  const sizes = [
    { input: 3, hidden: 4, bias: true },
    { input: 4, hidden: 4, bias: true },
  ];
  const mine = { ...lstm, name: 'mine', torch: undefined };
  const made = residual(cellOfRecord(recordCell(mine, sizes)));
  t.deepEqual(recordCell(made, sizes), recordCell(residual(mine), sizes));
  t.throws(() => made.trace({ input: 5, hidden: 4, bias: true }), { message: /recorded at/ });
});

test('what is no cell is an InvalidArgumentError', (t) => {
  for (const given of ['LSTM', 7, undefined, {}])
    t.throws(() => residual(given as 'lstm'), { instanceOf: InvalidArgumentError });
});
