import test from 'ava';
import { type Cell, type CellDefinition, cell, type StepResult } from '../../../src/cells/cell.js';
import { cellOf } from '../../../src/cells/cells.js';
import { BabblebrookError, CellError } from '../../../src/errors.js';
import type { Expression } from '../../../src/graph/Expression.js';
import {
  exp,
  join,
  layerNorm,
  maximum,
  minimum,
  relu,
  rmsNorm,
  rowMean,
  sigmoid,
  softplus,
  tanh,
} from '../../../src/graph/functions.js';
import { throwsInvalid } from '../../support/throwsInvalid.js';

const SIZES = { input: 3, hidden: 4, bias: true };

type Given = Readonly<Record<'x' | 'h' | 'W' | 'U' | 'row' | 'short', Expression>>;

/** A cell whose step is given, and may give, anything. */
function cellWith(step: (given: Given) => unknown, parts: Partial<CellDefinition<never, never>> = {}): Cell {
  return cell({
    name: 'mine',
    state: ({ hidden }) => ({ h: hidden }),
    weights: ({ input, hidden }) => ({ W: [input, hidden], U: [hidden, hidden], row: [hidden], short: [2] }),
    step: (given) => step(given as Given) as StepResult<{ h: number }>,
    ...(parts as object),
  });
}

/** The message of the error of a step that makes this output. */
function messageOf(make: (given: Given) => unknown): string {
  try {
    cellWith((given) => {
      const output = make(given);
      return { output, state: { h: given.h } };
    }).trace(SIZES);
  } catch (error) {
    if (error instanceof CellError) return error.message;
    return `not a CellError, but ${error}`;
  }
  return 'no error';
}

const SHAPES: Readonly<Record<string, [(given: Given) => unknown, string]>> = {
  'a sum of other widths': [
    ({ x, h }) => x.plus(h),
    'Expected shapes that fit for add, got [batch × 3] and [batch × 4]',
  ],
  'a sum with a row of another width': [
    ({ h, short }) => h.plus(short),
    'Expected shapes that fit for add, got [batch × 4] and [2]',
  ],
  'a sum with a matrix': [({ h, U }) => h.plus(U), 'Expected shapes that fit for add, got [batch × 4] and [4 × 4]'],
  'a difference': [({ x, h }) => h.minus(x), 'Expected shapes that fit for subtract, got [batch × 4] and [batch × 3]'],
  'a product by number': [
    ({ x, h }) => h.times(x),
    'Expected shapes that fit for multiply, got [batch × 4] and [batch × 3]',
  ],
  'a quotient': [({ x, h }) => h.dividedBy(x), 'Expected shapes that fit for divide, got [batch × 4] and [batch × 3]'],
  'a minimum': [({ x, h }) => minimum(h, x), 'Expected shapes that fit for minimum, got [batch × 4] and [batch × 3]'],
  'a maximum': [({ x, h }) => maximum(h, x), 'Expected shapes that fit for maximum, got [batch × 4] and [batch × 3]'],
  'a product with a matrix of another height': [
    ({ h, W }) => h.dot(W),
    'Expected rows [… × n] and a matrix of weights [n × …] for product, got [batch × 4] and [3 × 4]',
  ],
  'a product with a row': [
    ({ h, row }) => h.dot(row),
    'Expected rows [… × n] and a matrix of weights [n × …] for product, got [batch × 4] and [4]',
  ],
  'a product with rows': [
    ({ x, h }) => h.dot(x),
    'Expected rows [… × n] and a matrix of weights [n × …] for product, got [batch × 4] and [batch × 3]',
  ],
  'columns beyond the last': [
    ({ h }) => h.columns(2, 5),
    'Expected whole columns from 0 to 4 for columns (columns 2 to 5), got [batch × 4]',
  ],
  'no columns': [
    ({ h }) => h.columns(2, 2),
    'Expected whole columns from 0 to 4 for columns (columns 2 to 2), got [batch × 4]',
  ],
  'columns from the end': [
    ({ h }) => h.columns(-2, 4),
    'Expected whole columns from 0 to 4 for columns (columns -2 to 4), got [batch × 4]',
  ],
  'rows side by side with a row': [
    ({ h, row }) => join(h, row),
    'Expected equally many rows for join, got [batch × 4] and [4]',
  ],
  'the mean of weights': [({ U }) => rowMean(U), 'Expected rows for rowSum, got [4 × 4]'],
  'the root mean square of weights': [({ row }) => rmsNorm(row), 'Expected rows for rowSum, got [4]'],
  'layer normalisation of weights': [({ row }) => layerNorm(row), 'Expected rows for rowSum, got [4]'],
};

for (const [what, [make, message]] of Object.entries(SHAPES))
  test(`${what} is an error that names the operation and the shapes: ${message}`, (t) => {
    t.is(messageOf(make), message);
  });

test('a split into blocks that are not whole is an error', (t) => {
  t.is(
    messageOf(({ h }) => h.split(3)[0]),
    'Expected columns that 3 divides for split(3), got [batch × 4]',
  );
});

for (const count of [0, -1, 1.5, NaN])
  test(`a split into ${count} blocks is an error`, (t) => {
    t.regex(
      messageOf(({ h }) => h.split(count)[0] ?? h),
      /^Expected /,
    );
  });

// Whoever writes a cell in JavaScript has no compiler to say so.
for (const [what, make] of Object.entries({
  'times nothing': ({ h }) => h.times(undefined as never),
  'minus a word': ({ h }) => h.minus('1' as never),
  'plus null': ({ h }) => h.plus(null as never),
  'a product with nothing': ({ h }) => h.dot(undefined as never),
  'a product with a number': ({ h }) => h.dot(2 as never),
  'the sigmoid of nothing': () => sigmoid(undefined as never),
  'tanh of a number': () => tanh(1 as never),
  'relu of an array': () => relu([1] as never),
  'exp of null': () => exp(null as never),
  'softplus of a word': () => softplus('x' as never),
  'a minimum with nothing': ({ h }) => minimum(h, undefined as never),
  'a maximum of numbers': () => maximum(1 as never, 2 as never),
  'nothing side by side': () => (join as (...parts: never[]) => unknown)(),
  'rows side by side with nothing': ({ h }) => join(h, undefined as never),
  'plus a number that is none': ({ h }) => h.plus(NaN),
  'times infinity': ({ h }) => h.times(Infinity),
  'the larger of −infinity': ({ h }) => maximum(h, -Infinity),
} satisfies Record<string, (given: Given) => unknown>))
  test(`${what} is a CellError`, (t) => {
    t.regex(messageOf(make), /^Expected /);
  });

/** What `trace` throws. */
function traceError(mine: Cell): Error | undefined {
  try {
    mine.trace(SIZES);
  } catch (error) {
    return error as Error;
  }
  return undefined;
}

let foreign: Expression;
cellWith(({ h }) => {
  foreign = h;
  return { output: h, state: { h } };
}).trace(SIZES);

const RESULTS: Readonly<Record<string, [(given: Given) => unknown, RegExp]>> = {
  'no result': [() => undefined, /^Expected the step of the cell mine to give \{ output, state \}, got undefined$/],
  'no output': [
    ({ h }) => ({ state: { h } }),
    /^Expected the output of the cell mine to be an expression, got undefined$/,
  ],
  'no state': [({ h }) => ({ output: h }), /^Expected state\.h of the cell mine to be an expression, got undefined$/],
  'a part of the state that is missing': [
    ({ h }) => ({ output: h, state: {} }),
    /^Expected state\.h of the cell mine to be an expression, got undefined$/,
  ],
  'a part of the state that is a number': [
    ({ h }) => ({ output: h, state: { h: 1 } }),
    /^Expected state\.h of the cell mine to be an expression, got number$/,
  ],
  'a part of the state that there is not': [
    ({ h }) => ({ output: h, state: { h, hidden: h } }),
    /^Expected the state after a step of the cell mine to be h, got h, hidden$/,
  ],
  'a part of the state of another size': [
    ({ x, h }) => ({ output: h, state: { h: x } }),
    /^Expected state\.h of the cell mine to be \[batch × 4\], got \[batch × 3\]$/,
  ],
  'a part of the state that is a row': [
    ({ h, row }) => ({ output: h, state: { h: row } }),
    /^Expected state\.h of the cell mine to be \[batch × 4\], got \[4\]$/,
  ],
  'an output of another size': [
    ({ x, h }) => ({ output: x, state: { h } }),
    /^Expected the output of the cell mine to be \[batch × 4\], got \[batch × 3\]$/,
  ],
  'an output of another cell': [
    ({ h }) => ({ output: foreign, state: { h } }),
    /^Expected the output of the cell mine to be an expression of it, got one of another cell$/,
  ],
  'an operand of another cell': [
    ({ h }) => ({ output: h.plus(foreign), state: { h } }),
    /^Expected the operands of add to be expressions of this cell, got one of another cell$/,
  ],
  'an operand whose name is misspelt': [
    ({ h, V }: Given & { V?: Expression }) => ({ output: h.dot(V as never), state: { h } }),
    /^Expected the operands of product to be expressions of this cell, got undefined; it has x, h, W, U, row, short$/,
  ],
  'a function of expressions that + joined to a text': [
    ({ x, h }) => ({ output: tanh(`${x}${h}` as never), state: { h } }),
    /^Expected the operands of tanh to be expressions, sums of them as a\.plus\(b\), got ".*" \(string\)$/,
  ],
  'a gate that is a number': [
    ({ h }) => ({ output: h, state: { h }, gates: { open: 1 } }),
    /^Expected the gate open of the cell mine to be an expression, got number$/,
  ],
  'a gate that is a row of weights': [
    ({ h, row }) => ({ output: h, state: { h }, gates: { open: sigmoid(row) } }),
    /^Expected the gate open of the cell mine to be \[batch × …\], got \[4\]$/,
  ],
  'a gate that is called as a part of the state, and is another': [
    ({ h }) => ({ output: h, state: { h }, gates: { h: sigmoid(h) } }),
    /^Expected the gate h of the cell mine to be the part h of its state$/,
  ],
  'a gate of another cell': [
    ({ h }) => ({ output: h, state: { h }, gates: { open: foreign } }),
    /^Expected the gate open of the cell mine to be an expression of it, got one of another cell$/,
  ],
};

for (const [what, [step, message]] of Object.entries(RESULTS))
  test(`a step that gives ${what} is a CellError`, (t) => {
    const error = traceError(cellWith(step));
    t.true(error instanceof CellError, String(error));
    t.regex(error?.message ?? '', message);
  });

const passes = ({ h }: Given) => ({ output: h, state: { h } });

for (const name of ['', 'my-cell', 'my cell', '2nd', 'ä', '../x', 'a.b', undefined, 5])
  test(`a cell cannot be called ${name}`, (t) => {
    t.throws(() => cellWith(passes, { name: name as never }), { instanceOf: CellError, message: /name/ });
  });

for (const part of ['state', 'weights', 'step'])
  test(`a cell without ${part} is a CellError`, (t) => {
    t.throws(() => cellWith(passes, { [part]: undefined }), {
      instanceOf: CellError,
      message: `Expected ${part} of the cell mine to be a function, got undefined`,
    });
  });

for (const [what, parts] of Object.entries({
  'a weight that is called as a part of the state': { weights: () => ({ h: [4] }) },
  'a weight that is called x': { weights: () => ({ x: [4] }) },
  'a part of the state that is called x': { state: () => ({ h: 4, x: 3 }) },
  'a weight that is called as a learned initial state': { weights: () => ({ initialH: [4] }) },
  'two parts whose initial states have one name': { state: () => ({ h: 4, H: 4 }) },
}))
  test(`${what} is a CellError that says which name there is twice`, (t) => {
    const error = traceError(cellWith(passes, parts as never));
    t.true(error instanceof CellError, String(error));
    t.regex(
      error?.message ?? '',
      /^Expected x, the parts of the state, .* of the cell mine to have names of their own, got two called (h|x|initialH)$/,
    );
  });

for (const [what, parts] of Object.entries({
  'a weight with a dot in its name': { weights: () => ({ 'a.b': [4] }) },
  'a weight without a name': { weights: () => ({ '': [4] }) },
  'a weight that is called as what is derived': { weights: () => ({ '∂output': [4] }) },
  'a part of the state with a blank in its name': { state: () => ({ h: 4, 'my part': 4 }) },
  'a weight of no size': { weights: () => ({ W: [] }) },
  'a weight of size 0': { weights: () => ({ W: [0, 4] }) },
  'a weight of half a column': { weights: () => ({ W: [4, 2.5] }) },
  'a weight of three sizes': { weights: () => ({ W: [2, 3, 4] }) },
  'a weight whose size is a word': { weights: () => ({ W: ['batch', 4] }) },
  'a weight that is a number': { weights: () => ({ W: 4 }) },
  'a weight that begins with NaN': { weights: () => ({ W: { shape: [4], initial: NaN } }) },
  'a weight that begins with a word': { weights: () => ({ W: { shape: [4], initial: '1' } }) },
  'a weight that begins with NaN somewhere': { weights: () => ({ W: { shape: [4], initial: [1, NaN] } }) },
  'a weight that begins with no numbers': { weights: () => ({ W: { shape: [4], initial: [] } }) },
  'a weight that begins with more numbers than columns': {
    weights: () => ({ W: { shape: [2], initial: [1, 2, 3, 4] } }),
  },
  'a weight that begins with blocks that are not equally wide': {
    weights: () => ({ W: { shape: [4], initial: [1, 2, 3] } }),
  },
  'a part of the state of size 0': { state: () => ({ h: 4, rest: 0 }) },
  'a part of the state of half a column': { state: () => ({ h: 4, rest: 2.5 }) },
  'a part of the state without a size': { state: () => ({ h: 4, rest: undefined }) },
  'no weights': { weights: () => undefined },
  'no state': { state: () => undefined },
}))
  test(`${what} is a CellError`, (t) => {
    const error = traceError(cellWith(passes, parts as never));
    t.true(error instanceof CellError, String(error));
    t.regex(error?.message ?? '', /^Expected .* of the cell mine to be .*, got /);
  });

test('a weight that a model lacks is no weight, and is not given', (t) => {
  let given: object = {};
  const mine = cell({
    name: 'mine',
    state: ({ hidden }) => ({ h: hidden }),
    weights: ({ hidden, bias }) => ({ b: bias ? [hidden] : undefined }),
    step(all) {
      given = all;
      return { output: all.h.plus(all.b), state: { h: all.h } };
    },
  });
  t.deepEqual(Object.keys(mine.trace({ ...SIZES, bias: false }).weights), []);
  t.deepEqual(Object.keys(given), ['x', 'h']);
  t.deepEqual(Object.keys(mine.trace(SIZES).weights), ['b']);
});

for (const given of [undefined, null, 5, 'rnn'])
  test(`a cell made of ${given} is a CellError`, (t) => {
    t.throws(() => cell(given as never), { instanceOf: CellError, message: /^Expected the name of a cell to be/ });
  });

test('a step of a cell without state need not give one', (t) => {
  const made = { name: 'mine', state: () => ({}), weights: () => ({}), step: ({ x }: Given) => ({ output: tanh(x) }) };
  t.deepEqual(cell(made as never).trace({ ...SIZES, hidden: 3 }).next, {});
});

test('a CellError is one of ours', (t) => {
  t.true(traceError(cellWith(() => ({}))) instanceof BabblebrookError);
});

for (const given of [undefined, null, 'transformer', 5, {}, { name: 'rnn' }, () => {}, 'toString', '__proto__'])
  test(`${JSON.stringify(given) ?? String(given)} is no cell`, (t) => {
    throwsInvalid(t, () => cellOf(given), 'cell');
  });
