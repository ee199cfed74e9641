import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { cellOf } from '../../../src/cells/cells.js';
import { Evaluation } from '../../../src/graph/Evaluation.js';
import { Plan } from '../../../src/graph/Plan.js';
import { arrays, type Matrix } from '../../../src/graph/run/arrays.js';
import { valuesOf } from '../../../src/graph/steps.js';
import { CELL_NAMES } from '../../../src/names.js';
import { isClose } from '../../support/closeness.js';
import { fixtureAt } from '../../support/places.js';
import { type SequenceOfCell, sequenceGradients, sequenceLoss } from '../../support/sequenceOfCell.js';

// The library's cells against other people's implementations, in float64: test/fixtures/cells/README.md.

type Numbers = number | readonly Numbers[];
type Named = Readonly<Record<string, Numbers>>;

/** What somebody else's implementation of a cell computed. */
interface Witness {
  readonly witness: string;
  readonly sizes: { readonly input: number; readonly hidden: number; readonly batch: number; readonly time: number };
  readonly weights: Named;
  readonly inputs: Numbers;
  readonly outputs: Numbers;
  readonly state: Named;
  readonly cotangent: Numbers;
  readonly loss: number;
  readonly gradients: Named;
  readonly variants?: { readonly m0Zero: { readonly outputs: Numbers; readonly state: Named } };
}

const FOLDER = fixtureAt('cells/');
const TOLERANCE = 1e-10;
const on = arrays(Float64Array);

/** Blocks of columns side by side, one for each gate: `gates('W', 'fi')` are W_f and W_i. */
const gates = (letter: string, of: string): string[] => [...of].map((gate) => `${letter}_${gate}`);
const ofLstm = (of = 'fioc') => ({
  inputWeights: gates('W', of),
  recurrentWeights: gates('U', of),
  bias: gates('b', of),
});

/** How the weights of a cell are called in its fixture: the blocks of columns of each, in order. */
const WEIGHTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  coupledLstm: ofLstm('foc'),
  gruResetAfter: { ...ofLstm('zrh'), recurrentBias: ['b_recurrent'] },
  indRnn: { inputWeights: ['W'], recurrentWeights: ['u'], bias: ['b'] },
  layerNormLstm: {
    ...ofLstm(),
    ...{ inputGain: ['inputGain'], recurrentGain: ['recurrentGain'] },
    ...{ memoryGain: ['memoryGain'], memoryShift: ['memoryShift'] },
  },
  lstm: ofLstm(),
  mgu: ofLstm('fh'),
  minGru: { inputWeights: gates('W', 'zh'), bias: gates('b', 'zh') },
  minLstm: { inputWeights: gates('W', 'fih'), bias: gates('b', 'fih') },
  multiplicativeIntegrationLstm: {
    ...ofLstm(),
    ...{ alpha: gates('alpha', 'fioc'), beta1: gates('betaRecurrent', 'fioc'), beta2: gates('betaInput', 'fioc') },
  },
  peepholeLstm: { ...ofLstm(), peepholes: gates('p', 'fio') },
  rnn: { inputWeights: ['W'], recurrentWeights: ['U'], bias: ['b'] },
  slstm: ofLstm('fioz'),
  sru: { inputWeights: gates('W', 'frcp'), peepholes: gates('v', 'fr'), bias: gates('b', 'fr') },
  sruSameSize: { inputWeights: gates('W', 'frc'), peepholes: gates('v', 'fr'), bias: gates('b', 'fr') },
  ugrnn: ofLstm('gc'),
};

/** How the parts of a state are called in fixtures. */
const PARTS: Readonly<Record<string, string>> = { hidden: 'h', memory: 'c', normalizer: 'n', stabilizer: 'm' };

function matrix(rows: number, numbers: Numbers | undefined): Matrix {
  const data = Float64Array.from([numbers].flat(4) as number[]);
  return { rows, columns: data.length / rows, data };
}

/** Blocks of columns of a fixture as one matrix, or one row. */
function joined(numbers: Named, blocks: readonly string[]): Matrix {
  return on.joinColumns(
    blocks.map((name) => {
      const block = numbers[name];
      return matrix(Array.isArray(block) && Array.isArray(block[0]) ? block.length : 1, block);
    }),
  );
}

/** The outputs of all time steps, and the state after the last, straight from the equation. */
function run({ cell }: Plan, time: number, { x, before, weights }: SequenceOfCell) {
  let state = before;
  const outputs = on.splitRows(x, time).map((now) => {
    const parts = Object.keys(cell.state);
    const values = new Evaluation(on, [
      [cell.input, now],
      ...valuesOf(
        Object.values(cell.state),
        parts.map((part) => state[part] as Matrix),
      ),
      ...Object.entries(cell.weights).map(([name, of]) => [of, weights[name] as Matrix] as const),
    ]);
    state = Object.fromEntries(Object.entries(cell.next).map(([part, of]) => [part, values.of(of)]));
    return values.of(cell.output);
  });
  return { outputs: on.joinRows(outputs), state };
}

const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
// Of another cell than ours, which normalises all gates at once.
const NAMES = FILES.map((name) => name.replace('.json', '')).filter((name) => name !== 'layerNormLstmPerGate');

test('all cells of the library but gru, which no package of PyTorch has, are held by somebody else', (t) => {
  t.deepEqual([...new Set([...NAMES.filter((name) => name !== 'sruSameSize'), 'gru'])].sort(), [...CELL_NAMES].sort());
  t.deepEqual(Object.keys(WEIGHTS).sort(), NAMES.toSorted());
});

for (const name of NAMES) {
  const found: Witness = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
  const { input, hidden, batch, time } = found.sizes;
  const plan = new Plan(cellOf(name === 'sruSameSize' ? 'sru' : name).trace({ input, hidden, bias: true }));
  const blocks = WEIGHTS[name] ?? {};
  const given: SequenceOfCell = {
    x: matrix(time * batch, found.inputs),
    outputGradient: matrix(time * batch, found.cotangent),
    before: Object.fromEntries(
      Object.entries(plan.cell.state).map(([part, { width }]) => [part, matrix(batch, Array(batch * width).fill(0))]),
    ),
    weights: Object.fromEntries(Object.entries(blocks).map(([weight, of]) => [weight, joined(found.weights, of)])),
  };

  test(`${name}: outputs, last state and loss are those of ${found.witness}`, (t) => {
    t.deepEqual(Object.keys(given.weights).sort(), Object.keys(plan.cell.weights).sort());
    const { outputs, state } = run(plan, time, given);
    // The package begins with another stabiliser, which scales the state, and not the outputs.
    const expected = found.variants?.m0Zero.state ?? found.state;
    isClose(t, outputs.data, matrix(1, found.outputs).data, TOLERANCE, 'outputs');
    t.deepEqual(
      Object.keys(state)
        .map((part) => PARTS[part])
        .sort(),
      Object.keys(expected).sort(),
    );
    for (const [part, { data }] of Object.entries(state))
      isClose(t, data, matrix(1, expected[PARTS[part] ?? '']).data, TOLERANCE, part);
    isClose(t, [sequenceLoss(on, plan, batch, given)], [found.loss], TOLERANCE, 'loss');
  });

  for (const steps of [1, time])
    test(`${name}, ${steps} time steps at once: all gradients are those of ${found.witness}`, (t) => {
      const { x, ...ofWeights } = sequenceGradients(on, plan, batch, steps, given);
      isClose(t, x?.data ?? [], matrix(1, found.gradients['inputs']).data, TOLERANCE, 'of the inputs');
      for (const [weight, of] of Object.entries(blocks))
        isClose(t, ofWeights[weight]?.data ?? [], joined(found.gradients, of).data, TOLERANCE, `of ${weight}`);
    });
}
