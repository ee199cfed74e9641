import test from 'ava';
import { block } from '../../../src/cells/block.js';
import { cell } from '../../../src/cells/cell.js';
import { minGru } from '../../../src/cells/minGru.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { isClose } from '../../support/closeness.js';
import { stepByHand } from '../../support/stepByHand.js';

/** It adds up what it reads. */
const sums = cell({
  name: 'sums',
  state: ({ hidden }) => ({ sum: hidden }),
  weights: () => ({}),
  step({ x, sum }) {
    const next = sum.plus(x);
    return { output: next, state: { sum: next } };
  },
});

test('normalised input to the cell, its output added, and what the feed-forward part makes of the normalised sum', (t) => {
  const made = stepByHand(block(sums, { expansion: 1 }), {
    x: [3, 4],
    state: { sum: [1, 1] },
    weights: {
      expandWeights: [
        [1, -1],
        [0.5, 2],
      ],
      expandBias: [0, -2.5],
      contractWeights: [
        [2, 1],
        [1, 3],
      ],
      contractBias: [0.1, 0.2],
    },
  });
  // [3, 4] / √12.50001 is added to the state, and that to [3, 4]: [4.848528, 6.131370]. Divided by the root of its mean square, it is
  // [0.877197, 1.109290]; times the first matrix [1.431842, 1.341382], with biases [1.431842, −1.158618], of which the second becomes 0.
  isClose(t, made.state['sum'] ?? [], [1.8485277980128059, 2.1313703973504077], 1e-12);
  isClose(t, made.output, [7.812212577375417, 7.763212787031713], 1e-12);
});

test('it has the state, the gates and the weights of the cell, and those of the feed-forward part, twice as wide', (t) => {
  const made = block('minGru');
  t.is(made.name, 'minGruBlock');
  const wide = { input: 3, hidden: 4, bias: true };
  t.deepEqual(made.state(wide), { hidden: 4 });
  t.deepEqual(made.weights(wide), {
    ...minGru.weights(wide),
    carryWeights: { shape: [3, 4], initial: undefined },
    expandWeights: { shape: [4, 8], initial: undefined },
    expandBias: { shape: [8], initial: undefined },
    contractWeights: { shape: [8, 4], initial: undefined },
    contractBias: { shape: [4], initial: undefined },
  });
  const same = { input: 4, hidden: 4, bias: false };
  t.deepEqual(Object.keys(made.weights(same)), ['inputWeights', 'expandWeights', 'contractWeights']);
  t.deepEqual(Object.keys(made.trace(wide).gates).sort(), ['candidate', 'hidden', 'outputs', 'update']);
});

test('the feed-forward part is as wide as is asked for, rounded, one unit at least', (t) => {
  const widthOf = (expansion: number) =>
    block('minGru', { expansion }).weights({ input: 4, hidden: 5, bias: true })['expandBias']?.shape[0];
  t.deepEqual([0.01, 0.5, 1, 1.5, 4].map(widthOf), [1, 3, 5, 8, 20]);
});

test('what is no cell, and no number above 0 as expansion, is an InvalidArgumentError', (t) => {
  for (const given of ['LSTM', 7, undefined, {}])
    t.throws(() => block(given as 'lstm'), { instanceOf: InvalidArgumentError });
  for (const expansion of [0, -1, NaN, Infinity, '2' as unknown as number])
    t.throws(() => block('minGru', { expansion }), { instanceOf: InvalidArgumentError }, String(expansion));
});
