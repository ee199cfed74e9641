import test from 'ava';
import { cell, type GivenSizes } from '../../../src/cells/cell.js';
import { cellOfRecord } from '../../../src/cells/cellOfRecord.js';
import { recordCell } from '../../../src/cells/recordCell.js';
import { BabblebrookError, CellError } from '../../../src/errors.js';
import type { Expression } from '../../../src/graph/Expression.js';
import { negate } from '../../../src/graph/functions.js';
import { Plan } from '../../../src/graph/Plan.js';
import { CELLS, coupledPeephole } from '../../support/cells.js';
import fc from '../../support/fastCheck.js';
import { sweepOf } from '../../support/sweeps.js';

const FIRST: GivenSizes = { input: 3, hidden: 4, bias: true };
const OTHERS: GivenSizes = { ...FIRST, input: 4 };

const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value));
const recorded = copyOf(recordCell(coupledPeephole, [FIRST, OTHERS]));

/** An equation in words, to the last leaf. */
function inWords({ operation, args, attributes, shape }: Expression): string {
  return `${operation} ${JSON.stringify(attributes)} [${shape}](${args.map(inWords).join(', ')})`;
}

const UNNAMED = CELLS.map(({ name, ...rest }) => ({ ...rest, name: `my${name}` }));
for (const original of [...CELLS, ...UNNAMED])
  test(`${original.name}: a record, through JSON, is the cell again`, (t) => {
    const record = recordCell(original, [FIRST, OTHERS, OTHERS]);
    t.is(record.layers.length, 2);
    const again = cellOfRecord(copyOf(record));
    for (const key of ['name', 'version', 'source', 'bias', 'torch'] as const) t.deepEqual(again[key], original[key]);
    for (const sizes of [FIRST, OTHERS]) {
      t.deepEqual(again.state(sizes), original.state(sizes));
      t.deepEqual(again.weights(sizes), original.weights(sizes));
      t.deepEqual(Object.keys(again.weights(sizes)), Object.keys(original.weights(sizes)));
      const [ours, theirs] = [again.trace(sizes), original.trace(sizes)];
      t.is(inWords(ours.output), inWords(theirs.output));
      for (const named of ['next', 'gates', 'state', 'weights'] as const) {
        t.deepEqual(Object.keys(ours[named]).sort(), Object.keys(theirs[named]).sort());
        for (const [name, of] of Object.entries(theirs[named]))
          t.is(inWords(ours[named][name] as Expression), inWords(of));
      }
    }
    t.deepEqual(recordCell(again, [FIRST, OTHERS]), record);
  });

test('the same record gives the same cell, and one of ours as it is today gives that', (t) => {
  t.is(cellOfRecord(copyOf(recorded)), cellOfRecord(copyOf(recorded)));
  const [rnn, lstm] = CELLS;
  for (const own of [rnn, lstm]) if (own) t.is(cellOfRecord(copyOf(recordCell(own, [FIRST]))), own);
});

test('one of ours of another version is what is recorded of it', (t) => {
  const [rnn] = CELLS;
  if (!rnn) return;
  const { version, ...record } = copyOf(recordCell(rnn, [FIRST]));
  const other = cellOfRecord({ ...record, version: version + 1 });
  t.not(other, rnn);
  t.is(other.version, version + 1);
});

test('a recorded cell has the sizes that it was recorded at, and no others', (t) => {
  const again = cellOfRecord(recorded);
  for (const method of ['state', 'weights', 'trace'] as const)
    t.throws(() => again[method]({ ...FIRST, hidden: 5 }), {
      instanceOf: CellError,
      message:
        'Expected the sizes that the cell coupledPeephole was recorded at, 3 → 4 with biases or 4 → 4 with biases, got 3 → 5 with biases',
    });
});

test('a cell that no file can hold is a CellError when it is recorded', (t) => {
  const chain = (steps: number, name = 'weight', factor = 1) =>
    cell({
      name: 'chain',
      state: ({ hidden }) => ({ hidden }),
      weights: ({ input, hidden }) => ({ [name]: [input, hidden] }) as Record<string, [number, number]>,
      step({ x, hidden, ...weights }) {
        let made = x.dot((weights as unknown as Record<string, Expression>)[name] as Expression).times(factor);
        for (let step = 0; step < steps; step++) made = negate(made);
        return { output: made, state: { hidden: made } };
      },
    });
  t.notThrows(() => recordCell(chain(990), [FIRST]));
  for (const [wrong, message] of [
    [chain(1000), /Expected the nodes of a graph to be 1 to 1000, got 1006/],
    [chain(1, 'toString'), /Expected a name of at most 100 letters, digits and _, got "toString"/],
    [chain(1, 'a/b'), /Expected .*letters.* got .*a\/b/],
    [chain(1, 'weight', Infinity), /got Infinity/],
    [chain(1, 'weight', 1e39), /got 1e\+39/],
  ] as const)
    t.throws(() => recordCell(wrong, [FIRST]), { instanceOf: CellError, message });
});

test('a gate that is no rows of the cell is a CellError', (t) => {
  const withGate = (gate: unknown) =>
    cell({
      name: 'gated',
      state: ({ hidden }) => ({ hidden }),
      weights: ({ input, hidden }) => ({ W: [input, hidden] }),
      step({ x, W }) {
        const hidden = x.dot(W);
        return { output: hidden, state: { hidden }, gates: { seen: (gate === 'weight' ? W : gate) as Expression } };
      },
    });
  for (const [gate, message] of [
    [5, /^Expected the gate seen of the cell gated to be an expression, got number$/],
    ['weight', /^Expected the gate seen of the cell gated to be \[batch × …\], got \[3 × 4\]$/],
  ] as const)
    t.throws(() => recordCell(withGate(gate), [FIRST]), { instanceOf: CellError, message });
});

// ── What is no record ──

/** The record with a value somewhere, by a path such as `layers.0.graph.nodes.7.args`. */
function changed(path: string, value: unknown): unknown {
  const copy = copyOf(recorded) as unknown as Record<string, unknown>;
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const place = steps.reduce((at, step) => at[step] as Record<string, unknown>, copy);
  if (value === undefined) delete place[last];
  else Object.defineProperty(place, last, { value, enumerable: true, configurable: true });
  return copy;
}

const nodes = recorded.layers[0]?.graph.nodes ?? [];
const placeOf = (operation: string): number => nodes.findIndex((node) => node.operation === operation);
const node = (operation: string, member: string): string => `layers.0.graph.nodes.${placeOf(operation)}.${member}`;
const [columns, multiply, sigmoid, product] = ['columns', 'multiply', 'sigmoid', 'product'].map(placeOf);

const wrong: [string, unknown, RegExp][] = [
  ['name', 'a b', /Expected a name of at most 100 letters/],
  ['name', '__proto__', /Expected a name of at most 100 letters/],
  ['version', '1', /Expected version to be a number that is finite, got "1"/],
  ['bias', 1, /Expected bias to be one of true, false, got 1/],
  ['colour', 'red', /Expected no colour of a cell, got one/],
  ['__proto__', {}, /Expected no __proto__ of a cell, got one/],
  ['source', {}, /Expected source to be a string/],
  ['layers', [], /Expected the layers of a cell to be 1 to 2, got 0/],
  ['layers', { length: 1 }, /Expected the layers of a cell to be a list, got an instance of Object/],
  ['layers.0.sizes.hidden', 5, /layers\[0\]: Expected the output to be \[batch × 5\], as sizes say, got \[batch × 4\]/],
  ['layers.0.sizes.input', '3', /layers\[0\]: Expected sizes\.input to be an integer of at least 1, got "3"/],
  ['layers.0.initial.bias2', 1, /every name in initial to be one of .*, got "bias2"/],
  ['layers.0.initial.peephole', null, /initial\.peephole to be a number .*, got null/],
  [
    'layers.0.initial.peephole',
    [1, 2, 3],
    /initial values of initial\.peephole to be as many as divide its 4 columns, got 3/,
  ],
  ['layers.0.initial.peephole', [1, '2'], /each of initial\.peephole to be a number .*, got "2"/],
  ['layers.0.sizes.forgetBias', '1', /Expected sizes\.forgetBias to be a number .*, got "1"/],
  ['layers.0.graph', [], /layers\[0\]: graph: Expected a graph to be an object, got an instance of Array/],
  ['layers.0.graph.nodes', Array(1001).fill(nodes[0]), /Expected the nodes of a graph to be 1 to 1000, got 1001/],
  ['layers.0.graph.nodes', [], /Expected the nodes of a graph to be 1 to 1000, got 0/],
  ['layers.0.graph.nodes.1', nodes[0], /graph: node 1: Expected one leaf x, got two/],
  ['layers.0.graph.output', 1000, /graph: the output: Expected a place to be .* below \d+, got 1000/],
  ['layers.0.graph.output', 1.5, /Expected a place to be an integer/],
  ['layers.0.graph.output', 'x', /Expected a place to be an integer .*, got "x"/],
  ['layers.0.graph.state.memory', undefined, /Expected the state to have memory, got none/],
  ['layers.0.graph.state.more', 1, /Expected the state to have no "more", got one/],
  ['layers.0.graph.state.memory', 0, /Expected state\.memory to be \[batch × 4\], got \[batch × 3\]/],
  ['layers.0.graph.gates.hidden', 1, /Expected one hidden to be seen, got two/],
  ['layers.0.graph.gates.__proto__', 1, /Expected a name of at most 100 letters/],
  ['layers.0.graph.gates.forget', 5, /Expected the gate forget to be rows, got \[4\]/],
  [node('leaf', 'dependence'), 'nothing', /node 0: Expected its dependence to be one of inputs, state, weights/],
  [node('leaf', 'dependence'), 'state', /Expected one input, got none/],
  [node('leaf', 'shape'), ['batch', 1e15], /node \d+: Expected rows .* for product, got \[batch × 1000000000000000\]/],
  [node('leaf', 'shape'), ['batch', 0], /Expected its size to be an integer of at least 1, got 0/],
  [node('leaf', 'shape'), ['rows', 3], /Expected its rows to be one of batch, got "rows"/],
  [node('leaf', 'shape'), [3, 3], /Expected its rows to be one of batch, got 3/],
  [node('leaf', 'name'), '__proto__', /Expected a name of at most 100 letters, digits and _, got "__proto__"/],
  [node('leaf', 'name'), 'initialMemory', /Expected one initialMemory, got two/],
  [node('product', 'operation'), 'transpose', /Expected its operation to be one of leaf, .*, got "transpose"/],
  [node('product', 'operation'), 'constructor', /Expected its operation to be one of leaf, .*, got "constructor"/],
  [node('product', 'args'), [0], new RegExp(`node ${product}: Expected its args to be 2, got 1`)],
  [node('product', 'args'), [0, 0], /Expected rows \[… × n\] and a matrix of weights \[n × …\] for product, got/],
  [node('product', 'args'), [product, product], /Expected a place to be an integer of at least 0 and below \d+, got/],
  [node('multiply', 'args'), [-1, 0], new RegExp(`node ${multiply}: Expected a place to be an integer`)],
  [node('multiply', 'args'), [0, 1], /Expected shapes that fit for multiply, got \[batch × 3\] and \[batch × 4\]/],
  [node('multiply', 'args'), ['0', 0], /Expected a place to be an integer .*, got "0"/],
  [node('multiply', 'args'), { 0: 0, 1: 0 }, /Expected its args to be a list/],
  [node('columns', 'from'), 2.5, new RegExp(`node ${columns}: Expected a column to be an integer`)],
  [node('columns', 'to'), 1000, /Expected whole columns from 0 to 12 for columns/],
  [node('columns', 'to'), undefined, /Expected it to have to, got none/],
  [node('sigmoid', 'value'), 1, new RegExp(`node ${sigmoid}: Expected it to have no "value", got one`)],
];
for (const [path, value, message] of wrong)
  test(`a record with ${JSON.stringify(value)?.slice(0, 40)} as ${path} is a BabblebrookError that says where`, (t) => {
    t.throws(() => cellOfRecord(changed(path, value)), { instanceOf: BabblebrookError, message });
  });

for (const value of [null, undefined, 1, 'lstm', [], [recorded], {}])
  test(`${JSON.stringify(value)?.slice(0, 20)} is no record, and a BabblebrookError`, (t) => {
    t.throws(() => cellOfRecord(value), { instanceOf: BabblebrookError });
  });

test('columns that are joined twice, again and again, are not paid for by weights: a CellError', (t) => {
  const data = copyOf(recorded) as unknown as { layers: [{ graph: { nodes: object[] } }] };
  const [layer] = data.layers;
  for (let doubled = 0; doubled < 60; doubled++) {
    const last = layer.graph.nodes.length - 1;
    layer.graph.nodes.push({ operation: 'join', args: doubled === 0 ? [0, 0] : [last, last] });
  }
  t.throws(() => cellOfRecord(data), { instanceOf: BabblebrookError, message: /a time step of at most \d+ numbers/ });
});

test('with any JSON anywhere, a record is a cell that can be planned, or a BabblebrookError', (t) => {
  const places: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (path) places.push(path);
    if (typeof value === 'object' && value !== null)
      for (const [key, member] of Object.entries(value)) walk(member, path ? `${path}.${key}` : key);
  };
  walk(recorded, '');
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.nat({ max: 40 }),
    fc.constantFrom('add', 'join', 'rowSum', 'state', 'weights', '__proto__', ['batch', 1], [0, 1], [1e9], -1, 1e300),
  );
  let cells = 0;
  fc.assert(
    fc.property(fc.constantFrom(...places), value, (path, given) => {
      try {
        const made = cellOfRecord(changed(path, given));
        for (const { sizes } of recordCell(made, [FIRST]).layers) new Plan(made.trace(sizes));
        cells++;
      } catch (error) {
        if (!(error instanceof BabblebrookError)) throw error;
      }
    }),
    { numRuns: sweepOf(2000, 400) },
  );
  t.true(cells > sweepOf(20, 2), `${cells} cells`);
});
