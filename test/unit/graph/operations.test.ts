import test from 'ava';
import { type Derived, derive } from '../../../src/graph/derive.js';
import { Evaluation } from '../../../src/graph/Evaluation.js';
import type { Expression } from '../../../src/graph/Expression.js';
import { ExpressionGraph } from '../../../src/graph/ExpressionGraph.js';
import * as f from '../../../src/graph/functions.js';
import type { OperationName } from '../../../src/graph/operationNames.js';
import { OPERATIONS } from '../../../src/graph/operations.js';
import { isBatch, type Shape } from '../../../src/graph/Shape.js';
import { targetsOf, totals, valuesOf } from '../../../src/graph/steps.js';
import { reachable } from '../../../src/graph/walk.js';
import { useBackend } from '../../../src/model/backend.js';
import { random } from '../../../src/random.js';
import { largestError } from '../../support/closeness.js';
import { INTERPRETERS } from '../../support/interpreters.js';
import '../../support/ownProcess.js';

// One table for all operations: what each gives, by a formula in float64 that knows nothing of the interpreters, holds in all
// of them; and so does its derivative, by finite differences of that formula.

/** Numbers in rows. */
type Numbers = readonly (readonly number[])[];

interface Case {
  /** What it is of. */
  readonly of: string;
  /** Shapes of the operands. */
  readonly given: readonly Shape[];
  make(...given: Expression[]): Expression;
  formula(...given: Numbers[]): Numbers;
  /** Operands are between these. Default −2 and 2. */
  readonly within?: readonly [number, number];
  /** The operands, where they are not random. */
  readonly values?: readonly Numbers[];
  /** Only what ways back are made of has no derivative; at a kink there is none. Default false. */
  readonly withoutDerivative?: boolean;
}

const BATCH = 4;
const ROWS: Shape = ['batch', 3];
const ROW: Shape = [3];
const COLUMN: Shape = ['batch', 1];
const MATRIX: Shape = [3, 2];

const σ = (x: number): number => 1 / (1 + Math.exp(-x));
const lnσ = (x: number): number => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));

/** Number by number; what has one row or one column is repeated. */
function elementwise(formula: (...numbers: number[]) => number) {
  return (...given: Numbers[]): Numbers => {
    const rows = Math.max(...given.map(({ length }) => length));
    const columns = Math.max(...given.map((of) => of[0]?.length ?? 0));
    return Array.from({ length: rows }, (_, r) =>
      Array.from({ length: columns }, (_, c) =>
        formula(...given.map((of) => (of[of.length > 1 ? r : 0] ?? [])[(of[0]?.length ?? 0) > 1 ? c : 0] ?? NaN)),
      ),
    );
  };
}

function product(a: Numbers, b: Numbers): Numbers {
  return a.map((row) => (b[0] ?? []).map((_, c) => row.reduce((sum, x, k) => sum + x * (b[k]?.[c] ?? NaN), 0)));
}

function transposed(a: Numbers): Numbers {
  return (a[0] ?? []).map((_, c) => a.map((row) => row[c] ?? NaN));
}

type Binary = (a: Expression, b: Expression | number) => Expression;

/** Two operands: alike, and each smaller one on either side. */
function binary(make: Binary, formula: (a: number, b: number) => number, within?: readonly [number, number]): Case[] {
  const of = ([name, a, b]: readonly [string, Shape, Shape]): Case => ({
    ...{ of: name, given: [a, b], make, formula: elementwise(formula) },
    ...(within ? { within } : {}),
  });
  return [
    of(['rows and rows', ROWS, ROWS]),
    of(['rows and a row', ROWS, ROW]),
    of(['a row and rows', ROW, ROWS]),
    of(['rows and a column', ROWS, COLUMN]),
    of(['a column and rows', COLUMN, ROWS]),
    of(['columns', COLUMN, COLUMN]),
    of(['a column and a row of one', COLUMN, [1]]),
    of(['rows of weights', ROW, ROW]),
    of(['matrices', MATRIX, MATRIX]),
    {
      ...{
        of: 'rows and a constant',
        given: [ROWS],
        make: (a) => make(a, 0.7),
        formula: elementwise((a) => formula(a, 0.7)),
      },
      ...(within ? { within } : {}),
    },
    {
      of: 'a matrix and a constant',
      given: [MATRIX],
      make: (a) => make(a, 1.3),
      formula: elementwise((a) => formula(a, 1.3)),
      ...(within ? { within } : {}),
    },
    {
      of: 'a constant and rows',
      given: [ROWS],
      make: (a) => make(a.graph.constant(0.6), a),
      formula: elementwise((a) => formula(0.6, a)),
      ...(within ? { within } : {}),
    },
    {
      of: 'rows and themselves, with a row',
      given: [ROWS, ROW],
      make: (a, b) => make(make(a.plus(3), b), a.times(2).plus(5)),
      formula: elementwise((a, b) => formula(formula(a + 3, b), 2 * a + 5)),
      ...(within ? { within } : {}),
    },
  ];
}

/** One operand: rows, rows of weights, a matrix, a column. */
function unary(
  make: (a: Expression) => Expression,
  formula: (a: number) => number,
  within: readonly [number, number] = [-2, 2],
): Case[] {
  return (
    [
      ['rows', ROWS],
      ['a column', COLUMN],
      ['a row of weights', ROW],
      ['a matrix', MATRIX],
    ] as const
  ).map(([of, shape]) => ({ of, given: [shape], make, formula: elementwise(formula), within }));
}

/** Far from 0, where careless formulas overflow. */
function extremes(make: (a: Expression) => Expression, formula: (a: number) => number): Case {
  return {
    of: 'numbers far from 0',
    given: [ROWS],
    make,
    formula: elementwise(formula),
    values: [
      [
        [-100, 100, 0.5],
        [-1000, 1000, -0.5],
        [-30, 30, 0],
        [-9, 9, 1],
      ],
    ],
  };
}

/** Where two are equal, or one is 0. */
function ties(make: Binary, formula: (a: number, b: number) => number): Case {
  const values = [
    [1, 0, -1],
    [0, 0, 0],
    [2, 2, 2],
    [-1, -2, -3],
  ];
  return {
    ...{ of: 'equal numbers', given: [ROWS, ROWS], make, formula: elementwise(formula) },
    ...{ values: [values, values], withoutDerivative: true },
  };
}

const pieces = (a: Numbers, from: number, to: number): Numbers => a.map((row) => row.slice(from, to));
const side = (...parts: Numbers[]): Numbers => (parts[0] ?? []).map((_, r) => parts.flatMap((part) => part[r] ?? []));
const doubled = elementwise((x) => 2 * x);
const squared = elementwise((x) => x * x);

/** Blocks of columns of rows, of a row of weights and of a matrix. */
function columns(of: string, width: number, make: Case['make'], formula: (a: Numbers) => Numbers): Case[] {
  return [
    { of: `${of} of rows`, given: [['batch', width]], make, formula },
    { of: `${of} of a row of weights`, given: [[width]], make, formula },
    { of: `${of} of a matrix`, given: [[2, width]], make, formula },
  ];
}

const gradientOfRow = (name: OperationName, formula: (y: number, g: number) => number): Case[] =>
  ([ROWS, ROW, MATRIX] as const).map((shape) => ({
    of: JSON.stringify(shape),
    given: [shape, shape],
    make: (y, g) => y.graph.make(name, [y, g]),
    formula: elementwise(formula),
    withoutDerivative: true,
  }));

const TABLE: Readonly<Record<OperationName, readonly Case[]>> = {
  leaf: [ROWS, ROW, MATRIX].map((shape) => ({
    of: JSON.stringify(shape),
    given: [shape],
    make: (a) => a,
    formula: (a) => a,
  })),
  constant: [0, 1, -2.5, 1e-7, 123_456_789, -3e-20].map((value) => ({
    of: String(value),
    given: [ROWS],
    make: (a) => a.graph.constant(value),
    formula: () => [[value]],
    withoutDerivative: true,
  })),
  add: binary(
    (a, b) => a.plus(b),
    (a, b) => a + b,
  ),
  subtract: binary(
    (a, b) => a.minus(b),
    (a, b) => a - b,
  ),
  multiply: binary(
    (a, b) => a.times(b),
    (a, b) => a * b,
  ),
  divide: binary(
    (a, b) => a.dividedBy(b),
    (a, b) => a / b,
    [0.5, 2],
  ),
  minimum: [...binary(f.minimum, Math.min), ties(f.minimum, Math.min)],
  maximum: [...binary(f.maximum, Math.max), ties(f.maximum, Math.max)],
  atLeast: [
    ...binary(
      (a, b) => a.graph.make('atLeast', [a, typeof b === 'number' ? a.graph.constant(b) : b]),
      (a, b) => (a >= b ? 1 : 0),
    ).map((one) => ({ ...one, withoutDerivative: true })),
    ties(
      (a, b) => a.graph.make('atLeast', [a, b as Expression]),
      (a, b) => (a >= b ? 1 : 0),
    ),
  ],
  negate: unary(f.negate, (x) => -x),
  oneMinus: unary(f.oneMinus, (x) => 1 - x),
  sigmoid: [...unary(f.sigmoid, σ), extremes(f.sigmoid, σ)],
  logSigmoid: [...unary(f.logSigmoid, lnσ), extremes(f.logSigmoid, lnσ)],
  tanh: [...unary(f.tanh, Math.tanh), extremes(f.tanh, Math.tanh)],
  relu: [
    ...unary(f.relu, (x) => Math.max(x, 0)),
    ties(
      (a, b) => f.relu(a.minus(b)),
      (a, b) => Math.max(a - b, 0),
    ),
  ],
  exp: unary(f.exp, Math.exp),
  softplus: [...unary(f.softplus, (x) => -lnσ(-x)), extremes(f.softplus, (x) => -lnσ(-x))],
  squareRoot: unary(f.squareRoot, Math.sqrt, [0.1, 2]),
  product: [
    { of: 'rows and a matrix', given: [ROWS, MATRIX], make: (a, b) => a.dot(b), formula: product },
    { of: 'matrices', given: [[4, 3], MATRIX], make: (a, b) => a.dot(b), formula: product },
    { of: 'a column and a matrix of one row', given: [COLUMN, [1, 2]], make: (a, b) => a.dot(b), formula: product },
    {
      of: 'rows and one matrix, twice',
      given: [ROWS, [3, 3]],
      make: (a, b) => a.dot(b).dot(b),
      formula: (a, b) => product(product(a, b), b),
    },
  ],
  rowSum: [
    {
      of: 'rows',
      given: [ROWS],
      make: (a) => f.rowSum(a.times(a)),
      formula: (a) => a.map((row) => [row.reduce((sum, x) => sum + x * x, 0)]),
    },
    { of: 'a column', given: [COLUMN], make: f.rowSum, formula: (a) => a },
    {
      of: 'rows, as their mean',
      given: [ROWS],
      make: (a) => a.minus(f.rowMean(a)),
      formula: (a) => a.map((row) => row.map((x) => x - row.reduce((sum, y) => sum + y, 0) / 3)),
    },
    {
      of: 'rows, by the root of their mean square',
      given: [ROWS],
      make: (a) => f.rmsNorm(a, 0.01),
      formula: (a) => a.map((row) => row.map((x) => x / Math.sqrt(row.reduce((sum, y) => sum + y ** 2, 0) / 3 + 0.01))),
    },
    {
      of: 'rows, as layer normalisation',
      given: [ROWS],
      make: (a) => f.layerNorm(a, 0.01),
      formula: (a) =>
        a.map((row) => {
          const mean = row.reduce((sum, x) => sum + x, 0) / 3;
          const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3;
          return row.map((x) => (x - mean) / Math.sqrt(variance + 0.01));
        }),
    },
  ],
  columns: [
    ...columns(
      'the middle',
      4,
      (a) => a.columns(1, 3),
      (a) => pieces(a, 1, 3),
    ),
    ...columns(
      'equal blocks in another order',
      4,
      (a) => {
        const [first, second] = a.split(2);
        return f.join(second.times(second), first.times(2));
      },
      (a) => side(squared(pieces(a, 2, 4)), doubled(pieces(a, 0, 2))),
    ),
    ...columns(
      'unequal blocks',
      7,
      (a) => f.join(a.columns(0, 4).times(2), f.negate(a.columns(4, 6)), a.columns(6, 7)),
      (a) => side(doubled(pieces(a, 0, 4)), elementwise((x) => -x)(pieces(a, 4, 6)), pieces(a, 6, 7)),
    ),
    ...columns(
      'blocks that overlap',
      5,
      (a) => a.columns(0, 3).times(a.columns(2, 5)).minus(a.columns(1, 4)),
      (a) => elementwise((x, y, z) => x * y - z)(pieces(a, 0, 3), pieces(a, 2, 5), pieces(a, 1, 4)),
    ),
    ...columns(
      'a block of a block, beside the whole',
      6,
      (a) => a.times(2).plus(f.join(a.columns(1, 5).columns(1, 3), a.columns(0, 4))),
      (a) => elementwise((x, y) => 2 * x + y)(a, side(pieces(a, 2, 4), pieces(a, 0, 4))),
    ),
    ...columns(
      'blocks without a common divisor',
      37,
      (a) => f.join(a.columns(20, 37).times(2), a.columns(0, 20)),
      (a) => side(doubled(pieces(a, 20, 37)), pieces(a, 0, 20)),
    ),
  ],
  join: [
    { of: 'rows', given: [ROWS, COLUMN, ['batch', 2]], make: (a, b, c) => f.join(a, b, c), formula: side },
    { of: 'rows of weights', given: [ROW, [1]], make: (a, b) => f.join(a, b), formula: side },
    { of: 'matrices', given: [MATRIX, [3, 4]], make: (a, b) => f.join(a, b), formula: side },
    {
      of: 'rows and themselves',
      given: [ROWS],
      make: (a) => f.join(a, a.times(a), a),
      formula: (a) => side(a, squared(a), a),
    },
  ],
  sigmoidGradient: gradientOfRow('sigmoidGradient', (y, g) => g * y * (1 - y)),
  tanhGradient: gradientOfRow('tanhGradient', (y, g) => g * (1 - y * y)),
  transpose: [
    {
      ...{ of: 'a matrix', given: [MATRIX], make: (a) => a.graph.make('transpose', [a]), formula: transposed },
      withoutDerivative: true,
    },
  ],
  sumOfRows: [ROWS, COLUMN, MATRIX].map((shape) => ({
    of: JSON.stringify(shape),
    given: [shape],
    make: (a) => a.graph.make('sumOfRows', [a]),
    formula: (a) => [transposed(a).map((column) => column.reduce((sum, x) => sum + x, 0))],
    withoutDerivative: true,
  })),
  spread: [
    {
      ...{ of: 'a column', given: [COLUMN, ROWS], make: f.spread },
      formula: elementwise((column) => column),
      withoutDerivative: true,
    },
  ],
  zerosLike: [ROWS, ROW, MATRIX].map((shape) => ({
    of: JSON.stringify(shape),
    given: [shape],
    make: (a) => a.graph.make('zerosLike', [a]),
    formula: elementwise(() => 0),
    withoutDerivative: true,
  })),
};

const sizesOf = (shape: Shape): number[] => shape.map((size) => (size === 'batch' ? BATCH : size));

function numbersFor(name: string, shape: Shape, [least, most]: readonly [number, number]): number[][] {
  const [columns = 1, rows = 1] = sizesOf(shape).reverse();
  const { uniform } = random(3, name);
  return Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) => least + (most - least) * uniform(r * columns + c)),
  );
}

/** The operation of a case, with leaves for its operands and for the gradient of its result, and the way back. */
function traced({ given, make }: Case, name: string) {
  const graph = new ExpressionGraph();
  const leaves = given.map((shape, at) => graph.leaf(`${at}`, shape, isBatch(shape) ? 'inputs' : 'weights'));
  const node = make(...leaves);
  const seed = graph.leaf('gradient', node.shape, node.dependence);
  const onlyWeights = node.dependence === 'weights';
  const back: Derived = derive(new Map([[node, seed]]), ({ dependence }) => onlyWeights || dependence !== 'weights');
  const weighting = numbersFor(`${name}, gradient`, node.shape, [-1, 1]);
  return { leaves, node, seed, back, weighting };
}

/** ∂ Σ weighting ⊗ formula(operands) / ∂ operands, by finite differences. */
function differences({ formula }: Case, operands: readonly Numbers[], weighting: Numbers): number[][] {
  const total = (changed: readonly Numbers[]): number =>
    elementwise((x, w) => x * w)(formula(...changed), weighting)
      .flat()
      .reduce((sum, x) => sum + x, 0);
  return operands.map((operand, which) =>
    operand.flatMap((row, r) =>
      row.map((_, c) => {
        const moved = (by: number): number =>
          total(
            operands.map((of, at) =>
              at === which ? of.map((one, i) => one.map((x, j) => (i === r && j === c ? x + by : x))) : of,
            ),
          );
        return (moved(1e-5) - moved(-1e-5)) / 2e-5;
      }),
    ),
  );
}

test('every operation has a row in the table, and every case of a row is made of its operation', (t) => {
  t.deepEqual(Object.keys(TABLE).sort(), Object.keys(OPERATIONS).sort());
  for (const [operation, cases] of Object.entries(TABLE)) {
    t.true(cases.length > 0, operation);
    for (const one of cases) {
      const { node } = traced(one, operation);
      t.true(
        reachable([node], () => true).some((expression) => expression.operation === operation),
        `${operation} of ${one.of}`,
      );
    }
  }
});

test('every operation that cells may be made of has a derivative among the cases', (t) => {
  const without = Object.entries(TABLE).filter(([, cases]) => cases.every((one) => one.withoutDerivative));
  t.deepEqual(
    without.map(([name]) => name),
    ['constant', 'atLeast', 'sigmoidGradient', 'tanhGradient', 'transpose', 'sumOfRows', 'spread', 'zerosLike'],
  );
});

for (const interpreter of INTERPRETERS)
  for (const [operation, cases] of Object.entries(TABLE))
    test.serial(`${interpreter.name}: ${operation}, and its derivative`, async (t) => {
      if (interpreter.backend) await useBackend(interpreter.backend);
      for (const one of cases) {
        const what = `${operation} of ${one.of}`;
        const { leaves, node, seed, back, weighting } = traced(one, what);
        const operands =
          one.values ?? leaves.map(({ shape }, at) => numbersFor(`${what}, ${at}`, shape, one.within ?? [-2, 2]));
        const reached = leaves.filter((leaf) => back.gradients.has(leaf));
        const given = [...operands, weighting].map((numbers, at) => ({
          shape: sizesOf((leaves[at] ?? seed).shape),
          values: numbers.flat(),
        }));
        const made = interpreter.run(given, (on, all) => {
          const values = new Evaluation(on, valuesOf([...leaves, seed], all['given'] ?? []));
          const value = [values.of(node)];
          if (one.withoutDerivative) return { value };
          const gradients = reached.map((leaf) => values.of(back.gradients.get(leaf) as Expression));
          return { value, gradients, terms: totals(on, back.terms, values) };
        });
        const isNear = (actual: readonly number[], expected: readonly number[], tolerance: number, name: string) => {
          const error = largestError(actual, expected);
          t.true(error <= tolerance, `${name} is off by ${error}: ${actual}, not ${expected}`);
        };
        isNear(made['value']?.[0] ?? [], one.formula(...operands).flat(), interpreter.tolerance, what);
        if (one.withoutDerivative) continue;
        const targets = targetsOf(back.terms);
        for (const [at, expected] of differences(one, operands, weighting).entries()) {
          const leaf = leaves[at] as Expression;
          const gradient = made['gradients']?.[reached.indexOf(leaf)] ?? made['terms']?.[targets.indexOf(leaf)] ?? [];
          isNear(
            gradient,
            expected,
            interpreter.backend ? 1e-5 : Math.max(1e-7, interpreter.tolerance),
            `∂${what}/∂${at}`,
          );
        }
      }
    });

for (const interpreter of INTERPRETERS)
  test.serial(`${interpreter.name}: where two are equal, their gradients add up to that of the result`, async (t) => {
    if (interpreter.backend) await useBackend(interpreter.backend);
    for (const make of [f.minimum, f.maximum]) {
      const graph = new ExpressionGraph();
      const [a, b, seed] = ['a', 'b', 'seed'].map((name) => graph.leaf(name, ROWS, 'inputs')) as [
        Expression,
        Expression,
        Expression,
      ];
      const { gradients } = derive(new Map([[make(a, b), seed]]), () => true);
      const equal = { shape: [BATCH, 3], values: Array.from({ length: 12 }, (_, at) => at - 5) };
      const { sums } = interpreter.run([equal, equal, equal], (on, all) => {
        const values = new Evaluation(on, valuesOf([a, b, seed], all['given'] ?? []));
        return { sums: [on.add(values.of(gradients.get(a) as Expression), values.of(gradients.get(b) as Expression))] };
      });
      t.deepEqual(sums?.[0], equal.values);
    }
  });
