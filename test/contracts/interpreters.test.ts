import test from 'ava';
import type { Operations } from '../../src/graph/Interpreter.js';
import { useBackend } from '../../src/model/backend.js';
import { isClose } from '../support/closeness.js';
import { INTERPRETERS } from '../support/interpreters.js';
import '../support/ownProcess.js';

// What interpreters have beside the operations of expressions, by numbers worked by hand.

type Names = 'a' | 'b' | 'v' | 'places' | 'large';

interface Fact {
  readonly ofLoss?: boolean;
  make<T>(on: Operations<T>, given: Readonly<Record<Names, T>>): T | undefined;
  readonly expected: readonly number[];
}

/** a = (1 2 | 3 4), b = (5 6 | 7 8), v = (10 20), places = (0, 1) and (1, 0). */
const GIVEN: Readonly<Record<Names, { shape: readonly number[]; values: readonly number[] }>> = {
  a: { shape: [2, 2], values: [1, 2, 3, 4] },
  b: { shape: [2, 2], values: [5, 6, 7, 8] },
  v: { shape: [2], values: [10, 20] },
  places: { shape: [2, 2], values: [0, 1, 1, 0] },
  large: { shape: [2, 3], values: [1000, 0, -1000, -1000, -1000, -1000] },
};

const FACTS: Readonly<Record<string, Fact>> = {
  a·b: { make: (on, { a, b }) => on.product(a, b), expected: [19, 22, 43, 50] },
  aᵀ·b: { make: (on, { a, b }) => on.productOfTransposed(a, b), expected: [26, 30, 38, 44] },
  a·bᵀ: { make: (on, { a, b }) => on.productWithTransposed(a, b), expected: [17, 23, 39, 53] },
  'the gradient b of y = σ(x), a being y: b·y·(1 − y)': {
    make: (on, { a, b }) => on.sigmoidGradient(a, b),
    expected: [0, -12, -42, -96],
  },
  'the gradient b of y = tanh x, a being y: b·(1 − y²)': {
    make: (on, { a, b }) => on.tanhGradient(a, b),
    expected: [0, -18, -56, -120],
  },
  'the second row': { make: (on, { a }) => on.splitRows(a, 2)[1], expected: [3, 4] },
  'all rows, split into one': { make: (on, { a }) => on.splitRows(a, 1)[0], expected: [1, 2, 3, 4] },
  'the second column': { make: (on, { a }) => on.splitColumns(a, [1, 1])[1], expected: [2, 4] },
  'the second number of a row': { make: (on, { v }) => on.splitColumns(v, [1, 1])[1], expected: [20] },
  'rows of a, then of b': { make: (on, { a, b }) => on.joinRows([a, b]), expected: [1, 2, 3, 4, 5, 6, 7, 8] },
  'columns of a, then of b': { make: (on, { a, b }) => on.joinColumns([a, b]), expected: [1, 2, 5, 6, 3, 4, 7, 8] },
  'one part joined is that part': { make: (on, { a, b }) => on.joinRows([on.add(a, b)]), expected: [6, 8, 10, 12] },
  'log softmax by row': {
    ofLoss: true,
    make: (on, { a }) => on.logSoftmax(a),
    expected: [-1, 0, -1, 0].map((x) => x - Math.log(1 + Math.exp(-1))),
  },
  'log softmax of large numbers, which does not overflow': {
    ofLoss: true,
    make: (on, { large }) => on.logSoftmax(large),
    expected: [0, -1000, -2000, ...[1, 1, 1].map(() => -Math.log(3))],
  },
  'a at (0, 1) and (1, 0)': { ofLoss: true, make: (on, { a, places }) => on.pick(a, places), expected: [2, 3] },
  'v subtracted from a at (0, 1) and (1, 0)': {
    ofLoss: true,
    make: (on, { a, places, v }) => on.subtractAt(a, places, v),
    expected: [1, 2 - 10, 3 - 20, 4],
  },
};

for (const { name, backend, hasLoss, run } of INTERPRETERS)
  test.serial(`${name}: products with transposed operands, runs of rows, and what the loss is made of`, async (t) => {
    if (backend) await useBackend(backend);
    for (const [fact, { ofLoss = false, make, expected }] of Object.entries(FACTS)) {
      if (ofLoss && !hasLoss) continue;
      const { made } = run(Object.values(GIVEN), (on, { given = [] }) => {
        const named = Object.fromEntries(Object.keys(GIVEN).map((key, at) => [key, given[at]]));
        const value = make(on, named as never);
        return { made: value === undefined ? [] : [value] };
      });
      isClose(t, made?.[0] ?? [], expected, 1e-6, fact);
    }
  });
