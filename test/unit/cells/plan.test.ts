import test from 'ava';
import { block } from '../../../src/cells/block.js';
import type { Cell } from '../../../src/cells/cell.js';
import { gru } from '../../../src/cells/gru.js';
import { gruResetAfter } from '../../../src/cells/gruResetAfter.js';
import { lstm } from '../../../src/cells/lstm.js';
import { planOf } from '../../../src/cells/planOf.js';
import { residual } from '../../../src/cells/residual.js';
import { rnn } from '../../../src/cells/rnn.js';
import { Evaluation } from '../../../src/graph/Evaluation.js';
import type { Expression } from '../../../src/graph/Expression.js';
import { Plan } from '../../../src/graph/Plan.js';
import { arrays, type Matrix } from '../../../src/graph/run/arrays.js';
import { stepsBackward, stepsForward } from '../../../src/graph/steps.js';
import { CELLS, coupledPeephole, minimalGru } from '../../support/cells.js';

const SIZES = { input: 3, hidden: 4, bias: true };
const BATCH = 2;

function planFor(cell: Cell, bias = true): Plan {
  return new Plan(cell.trace({ ...SIZES, bias }));
}

/** An expression as a person would name it. */
function nameOf(expression: Expression, { cell }: Plan): string {
  const named = Object.entries({ x: cell.input, ...cell.state, ...cell.weights, ...cell.gates });
  const name = named.find(([, of]) => of === expression)?.[0];
  if (name !== undefined) return name;
  return `${expression.operation}(${expression.args.map((arg) => nameOf(arg, { cell } as Plan)).join(', ')})`;
}

const KEPT: readonly (readonly [Cell, boolean, readonly string[]])[] = [
  [rnn, true, ['hidden']],
  [lstm, true, ['hidden', 'memory', 'forget', 'input', 'output', 'candidate']],
  [gru, true, ['hidden', 'update', 'reset', 'candidate']],
  [gru, false, ['hidden', 'update', 'reset', 'candidate']],
  [
    gruResetAfter,
    true,
    ['hidden', 'update', 'reset', 'add(columns(product(hidden, recurrentWeights)), recurrentBias)', 'candidate'],
  ],
];

for (const [cell, bias, kept] of KEPT)
  test(`${cell.name} ${bias ? 'with' : 'without'} biases: what is kept of a time step is ${kept.join(', ')}, and of the inputs nothing`, (t) => {
    const plan = planFor(cell, bias);
    const before = { ...plan, cell: { ...plan.cell, gates: {} } } as Plan;
    const names = plan.kept.map((of) =>
      Object.values(plan.cell.gates).includes(of) ? nameOf(of, plan) : nameOf(of, before),
    );
    t.deepEqual(names.sort(), [...kept].sort());
    t.deepEqual(plan.keptInputs, []);
  });

test('gruResetAfter without biases keeps five of a time step, too', (t) => {
  t.is(planFor(gruResetAfter, false).kept.length, 5);
});

for (const cell of [rnn, lstm, gru, gruResetAfter])
  test(`${cell.name}: time steps take one thing of the inputs, their product with the input weights and the bias`, (t) => {
    const plan = planFor(cell);
    t.deepEqual(
      plan.inputs.map((of) => nameOf(of, plan)),
      ['add(product(x, inputWeights), bias)'],
    );
  });

test('a cell without recurrent products computes of whole inputs all that it can: its products, and its gate', (t) => {
  const plan = planFor(minimalGru);
  const columns = 'add(product(x, inputWeights), bias)';
  t.deepEqual(
    plan.inputs.map((of) => (of.operation === 'sigmoid' ? nameOf(of.args[0] as Expression, plan) : nameOf(of, plan))),
    [`columns(${columns})`, columns],
  );
  t.deepEqual(plan.back.terms, []);
  t.deepEqual(plan.inputsBack.terms.map(({ to }) => nameOf(to, plan)).sort(), ['bias', 'inputWeights']);
});

type Counts = Readonly<Record<string, number>>;

/** What each operation was called for, while an action ran; to join one part is nothing. */
function counted(action: (on: ReturnType<typeof arrays>) => void): Counts {
  const counts: Record<string, number> = {};
  const plain = arrays(Float64Array);
  const on = Object.fromEntries(
    Object.entries(plain).map(([name, compute]) => [
      name,
      (...args: unknown[]): unknown => {
        const [parts] = args;
        const isNothing = Array.isArray(parts) && parts.length === 1;
        if (!isNothing) counts[name] = (counts[name] ?? 0) + 1;
        return Reflect.apply(compute, plain, args);
      },
    ]),
  );
  action(on as unknown as ReturnType<typeof arrays>);
  return counts;
}

function matrix(rows: number, columns: number): Matrix {
  return { rows, columns, data: new Float64Array(rows * columns).fill(0.3) };
}

/** Operations of so many time steps, forward and back. */
function operationsOf(plan: Plan, steps: number): { forward: Counts; back: Counts } {
  const ofShape = ({ shape, width }: Expression): Matrix =>
    matrix(shape.length < 2 ? 1 : shape[0] === 'batch' ? BATCH : Number(shape[0]), width);
  const ofSteps = (of: readonly Expression[]) => of.map((one) => [one, matrix(steps * BATCH, one.width)] as const);
  const onWeights = new Evaluation(
    arrays(Float64Array),
    Object.values(plan.cell.weights).map((weight) => [weight, ofShape(weight)] as const),
  );
  const weights = (of: readonly Expression[]) => of.map((one) => [one, onWeights.of(one)] as const);
  const before = Object.fromEntries(Object.entries(plan.cell.state).map(([name, part]) => [name, ofShape(part)]));
  return {
    forward: counted((on) =>
      stepsForward(
        on,
        plan,
        steps,
        { weights: weights(plan.weights.steps), inputs: ofSteps(plan.inputs), before },
        plan.kept,
      ),
    ),
    back: counted((on) =>
      stepsBackward(on, plan, steps, {
        weights: weights(plan.weights.back),
        output: matrix(steps * BATCH, plan.cell.output.width),
        ...{ state: before, before, kept: ofSteps(plan.kept), inputs: ofSteps(plan.keptInputs) },
      }),
    ),
  };
}

/** Of one more time step. */
function perStep(plan: Plan): { forward: number; back: number } {
  const [two, three] = [operationsOf(plan, 2), operationsOf(plan, 3)];
  const total = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { forward: total(three.forward) - total(two.forward), back: total(three.back) - total(two.back) };
}

// By hand it was 3 and 2, 12 and 15, 14 and 15, 14 and 13, without the sum of the gradients of output and state.
for (const [cell, forward, back] of [
  [rnn, 3, 2 + 1],
  [lstm, 12, 15 + 1],
  // r ⊗ h, which a gradient of weights is made of, is multiplied for all time steps at once.
  [gru, 14, 14 + 1],
  [gruResetAfter, 14, 12 + 1],
  [coupledPeephole, 14, 18 + 1],
  [minimalGru, 4, 2 + 1],
] as const)
  test(`${cell.name}: a time step is ${forward} operations, and ${back} on the way back`, (t) => {
    t.deepEqual(perStep(planFor(cell)), { forward, back });
  });

test('what a block makes of the state is computed for whole chunks, and so is the way back through it: its time steps are those of its cell', (t) => {
  const [plain, blocks] = [planFor(minimalGru), planFor(block(minimalGru))];
  t.deepEqual(perStep(blocks), perStep(plain));
  const products = ['product', 'productOfTransposed', 'productWithTransposed'];
  const of = ({ forward, back }: ReturnType<typeof operationsOf>): number[] =>
    [forward, back].map((counts) => products.reduce((sum, name) => sum + (counts[name] ?? 0), 0));
  // Forward with the first of two matrices, as what is kept is wanted, and not the output; back through both, and to the gradients of both.
  t.deepEqual(of(operationsOf(blocks, 16)), [1, 4]);
});

test('what stands beside the state does not change what is kept of a time step', (t) => {
  t.deepEqual(
    planFor(residual('lstm')).kept.map((of) => of.shape),
    planFor(lstm).kept.map((of) => of.shape),
  );
});

test('a cell without recurrent products has no product in its time steps, forward or back', (t) => {
  const { forward, back } = operationsOf(planFor(minimalGru), 16);
  const products = ['product', 'productOfTransposed', 'productWithTransposed'];
  for (const counts of [forward, back])
    t.deepEqual(
      Object.keys(counts).filter((name) => products.includes(name)),
      [],
    );
});

for (const cell of CELLS)
  test(`${cell.name}: the gradient of each weight is one product for all time steps of a chunk`, (t) => {
    const plan = planFor(cell);
    const [few, many] = [operationsOf(plan, 2), operationsOf(plan, 16)];
    for (const name of ['productOfTransposed', 'sumOfRows']) t.is(many.back[name], few.back[name], name);
  });

test('the same cell and sizes have the same plan, other sizes another', (t) => {
  t.is(planOf(lstm, SIZES), planOf(lstm, { ...SIZES }));
  t.not(planOf(lstm, SIZES), planOf(lstm, { ...SIZES, bias: false }));
  t.not(planOf(lstm, SIZES), planOf(lstm, { ...SIZES, hidden: 5 }));
  t.not(planOf(gru, SIZES), planOf(gruResetAfter, SIZES));
});
