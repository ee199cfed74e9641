import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { BackendError } from '../../src/errors.js';
import { useBackend } from '../../src/model/backend.js';
import type { GraphBuilder, Node } from '../../src/model/kernels/graph/GraphBuilder.js';
import { NativeOperations } from '../../src/model/kernels/NativeOperations.js';
import { type NativeBackend, nativeBackend } from '../../src/model/kernels/nativeBinding.js';
import { isClose } from '../support/closeness.js';

const nativeTest = (await useBackend()) === 'tensorflow' ? test.serial : test.skip;

function native(): NativeBackend {
  const backend = nativeBackend();
  if (!backend) throw new Error('The native backend is not in use');
  return backend;
}

type Build = (graph: GraphBuilder, given: Readonly<Record<'a' | 'b' | 'v' | 'places', Node>>) => Node;

/** What a graph makes of a = (1 2 | 3 4), b = (5 6 | 7 8) and v = (10 20). */
function made(name: string, build: Build): number[] {
  return NativeOperations.within(native(), (operations) => {
    const matrix = (...values: number[]) => operations.floats([2, 2], Float32Array.from(values));
    const given = {
      a: matrix(1, 2, 3, 4),
      b: matrix(5, 6, 7, 8),
      v: operations.floats([2], Float32Array.of(10, 20)),
      places: matrix(0, 1, 1, 0),
    };
    const { made } = operations.run(`test: ${name}`, { given }, (graph, nodes) => ({
      made: { value: build(graph, nodes.given) },
    }));
    return [...operations.numbers(made.value)];
  });
}

const σ = (x: number): number => 1 / (1 + Math.exp(-x));
const VALUES: Readonly<Record<string, [Build, number[]]>> = {
  a·b: [(graph, { a, b }) => graph.product(a, b), [19, 22, 43, 50]],
  aᵀ·b: [(graph, { a, b }) => graph.productOfTransposed(a, b), [26, 30, 38, 44]],
  a·bᵀ: [(graph, { a, b }) => graph.productWithTransposed(a, b), [17, 23, 39, 53]],
  'a + b': [(graph, { a, b }) => graph.add(a, b), [6, 8, 10, 12]],
  'a − b': [(graph, { a, b }) => graph.subtract(a, b), [-4, -4, -4, -4]],
  'a ⊗ b': [(graph, { a, b }) => graph.multiply(a, b), [5, 12, 21, 32]],
  'b / a': [(graph, { a, b }) => graph.divide(b, a), [5, 3, 7 / 3, 2]],
  '√a': [(graph, { a }) => graph.squareRoot(a), [1, 2, 3, 4].map(Math.sqrt)],
  'exp a': [(graph, { a }) => graph.exp(a), [1, 2, 3, 4].map(Math.exp)],
  'σ(a)': [(graph, { a }) => graph.sigmoid(a), [1, 2, 3, 4].map(σ)],
  'tanh a': [(graph, { a }) => graph.tanh(a), [1, 2, 3, 4].map(Math.tanh)],
  'the gradient b of y = σ(x), a being y: b·y·(1 − y)': [
    (graph, { a, b }) => graph.sigmoidGradient(a, b),
    [0, -12, -42, -96],
  ],
  'the gradient b of y = tanh x, a being y: b·(1 − y²)': [
    (graph, { a, b }) => graph.tanhGradient(a, b),
    [0, -18, -56, -120],
  ],
  'v added to every row': [(graph, { a, v }) => graph.addToRows(a, v), [11, 22, 13, 24]],
  'the sum of rows': [(graph, { a }) => graph.sumOfRows(a), [4, 6]],
  'the second row': [(graph, { a }) => graph.splitRows(a, 2)[1] as Node, [3, 4]],
  'the second column': [(graph, { a }) => graph.splitColumns(a, 2)[1] as Node, [2, 4]],
  'rows of a, then of b': [(graph, { a, b }) => graph.joinRows([a, b]), [1, 2, 3, 4, 5, 6, 7, 8]],
  'columns of a, then of b': [(graph, { a, b }) => graph.joinColumns([a, b]), [1, 2, 5, 6, 3, 4, 7, 8]],
  'one part joined is that part': [(graph, { a, b }) => graph.joinRows([graph.add(a, b)]), [6, 8, 10, 12]],
  'log softmax by row': [
    (graph, { a }) => graph.logSoftmax(a),
    [-1, 0, -1, 0].map((x) => x - Math.log(1 + Math.exp(-1))),
  ],
  'a at (0, 1) and (1, 0)': [(graph, { a, places }) => graph.pick(a, graph.places(places)), [2, 3]],
  'v subtracted from a at (0, 1) and (1, 0)': [
    (graph, { a, places, v }) => graph.subtractAt(a, graph.places(places), v),
    [1, 2 - 10, 3 - 20, 4],
  ],
};

for (const [name, [build, expected]] of Object.entries(VALUES))
  nativeTest(`a graph gives ${name}`, (t) => isClose(t, made(name, build), expected, 1e-6));

nativeTest('a graph is built once, and takes tensors of any size', (t) => {
  let built = 0;
  NativeOperations.within(native(), (operations) => {
    for (const size of [1, 2, 5]) {
      const given = { x: operations.floats([size, 3], new Float32Array(3 * size).fill(1)) };
      const { made } = operations.run('test: built once', { given }, (graph, { given: { x } }) => {
        built++;
        return { made: { sum: graph.sumOfRows(x) } };
      });
      t.deepEqual([...operations.numbers(made.sum)], [size, size, size]);
    }
  });
  t.is(built, 1);
});

nativeTest('a graph that is run on other inputs than it was built for is a TypeError: two have one name', (t) => {
  NativeOperations.within(native(), (operations) => {
    const x = operations.floats([1], Float32Array.of(1));
    const run = (given: Readonly<Record<string, number>>) =>
      operations.run('test: one name', { given }, (graph, nodes) => ({
        made: { double: graph.add(nodes.given['x'] as Node, nodes.given['x'] as Node) },
      }));
    t.notThrows(() => run({ x }));
    t.throws(() => run({ x, y: x }), { instanceOf: TypeError, message: /not for given\.x, given\.y$/ });
  });
});

const onUnix = process.platform === 'win32' ? test.skip : nativeTest;

onUnix('a graph that TensorFlow refuses is an error, and nothing of it is left among temporary files', (t) => {
  const before = process.env['TMPDIR'];
  const directory = mkdtempSync(join(tmpdir(), 'babblebrook-graph-'));
  process.env['TMPDIR'] = directory;
  try {
    const run = (name: string, node: Node): unknown => made(name, () => node);
    t.throws(() => run('of a node that is not there', 'nowhere:0'), { instanceOf: BackendError });
    t.throws(() => made('of sizes that do not fit', (graph, { a, v }) => graph.product(a, v)), {
      instanceOf: BackendError,
    });
    t.notThrows(() => made('that works', (graph, { a }) => graph.add(a, a)));
    t.deepEqual(readdirSync(directory), []);
    rmSync(directory, { recursive: true });
    t.throws(() => made('with nowhere to write', (graph, { a }) => graph.add(a, a)), {
      instanceOf: BackendError,
      message: /^Expected TensorFlow to take a graph through the directory for temporary files, .*, got ENOENT/,
    });
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
});
