import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { BackendError } from '../../../../../src/errors.js';
import type { Computation } from '../../../../../src/graph/Groups.js';
import { useBackend } from '../../../../../src/model/backend.js';
import type { NativeEngine } from '../../../../../src/model/network/NativeEngine.js';
import { nativeEngine } from '../../../../support/interpreters.js';
import { leftBehind, nativeTensors, nothing } from '../../../../support/memory.js';
import { testWith, unixTest } from '../../../../support/testWith.js';

const nativeTest = testWith('the native backend', (await useBackend()) === 'tensorflow', test.serial);

function withNative<R>(action: (engine: NativeEngine) => R): R {
  const engine = nativeEngine();
  try {
    return action(engine);
  } finally {
    engine.close();
  }
}

const double: Computation = (on, { x = [] }) => ({ made: x.map((value) => on.add(value, value)) });

nativeTest('a graph is built once for an owner and a name, and takes tensors of any size', (t) => {
  let built = 0;
  const owner = {};
  withNative((engine) => {
    for (const size of [1, 2, 5]) {
      const x = [engine.floats([size, 3], new Float32Array(3 * size).fill(1))];
      const { made } = engine.run(owner, 'sum', { x }, (on, { x = [] }) => {
        built++;
        return { made: x.map((rows) => on.sumOfRows(rows)) };
      });
      t.deepEqual(
        made?.map((sum) => [...engine.numbers(sum)]),
        [[size, size, size]],
      );
    }
  });
  t.is(built, 1);
});

nativeTest('computations of one name that are of two owners are two', (t) => {
  withNative((engine) => {
    const x = [engine.floats([1], Float32Array.of(3))];
    const { made: sum } = engine.run({}, 'of one name', { x }, double);
    const { made: square } = engine.run({}, 'of one name', { x }, (on, { x = [] }) => ({
      made: x.map((value) => on.multiply(value, value)),
    }));
    t.deepEqual(
      [sum, square].map((made) => made?.map((value) => [...engine.numbers(value)])),
      [[[6]], [[9]]],
    );
  });
});

nativeTest('a graph that is run on other groups than it was built for is a TypeError: two have one name', (t) => {
  withNative((engine) => {
    const owner = {};
    const x = engine.floats([1], Float32Array.of(1));
    t.notThrows(() => engine.run(owner, 'double', { x: [x] }, double));
    t.throws(() => engine.run(owner, 'double', { x: [x, x] }, double), {
      instanceOf: TypeError,
      message: 'The graph “double” was built for 1 x, not for 2 x',
    });
    t.throws(() => engine.run(owner, 'double', { x: [x], y: [x] }, double), {
      instanceOf: TypeError,
      message: 'The graph “double” was built for 1 x, not for 1 x, 1 y',
    });
  });
});

nativeTest(
  'what is given can be given back, once and twice, and a result can come twice: each is the caller’s',
  (t) => {
    withNative((engine) => {
      const x = engine.floats([2], Float32Array.of(1, 2));
      const { made = [] } = engine.run({}, 'given back', { x: [x] }, (on, { x = [] }) => {
        const sums = x.map((value) => on.add(value, value));
        return { made: [...x, ...x, ...sums, ...sums] };
      });
      t.is(new Set([...made, x]).size, 5);
      t.deepEqual(
        made.map((value) => [...engine.numbers(value)]),
        [
          [1, 2],
          [1, 2],
          [2, 4],
          [2, 4],
        ],
      );
      engine.free(...made.slice(0, 3), x);
      t.deepEqual([...engine.numbers(made[3] as number)], [2, 4]);
    });
  },
);

nativeTest('a computation of nothing gives nothing', (t) => {
  withNative((engine) => {
    const x = engine.floats([1], Float32Array.of(1));
    t.deepEqual(
      engine.run({}, 'nothing', { x: [x] }, () => ({ made: [], more: [] })),
      { made: [], more: [] },
    );
  });
});

nativeTest('a graph leaves no tensor behind, native or tfjs’s', async (t) => {
  const before = nativeTensors();
  const left = await leftBehind(() =>
    withNative((engine) => {
      const x = engine.floats([2, 2], Float32Array.of(1, 2, 3, 4));
      for (let run = 0; run < 3; run++) engine.run(double, 'left behind', { x: [x] }, double);
    }),
  );
  t.deepEqual(left, nothing);
  t.is(nativeTensors(), before);
});

const onUnix = unixTest(nativeTest);

onUnix('a graph that TensorFlow refuses is an error, and nothing of it is left among temporary files', (t) => {
  const before = process.env['TMPDIR'];
  const directory = mkdtempSync(join(tmpdir(), 'babblebrook-graph-'));
  process.env['TMPDIR'] = directory;
  try {
    const run = (name: string, compute: Computation) =>
      withNative((engine) => {
        const a = engine.floats([2, 3], new Float32Array(6));
        const made = engine.run({}, name, { x: [a] }, compute);
        return Object.values(made)
          .flat()
          .map((value) => engine.numbers(value));
      });
    t.throws(() => run('of a node that is not there', () => ({ made: ['nowhere:0' as never] })), {
      instanceOf: BackendError,
    });
    t.throws(() => run('of sizes that do not fit', (on, { x = [] }) => ({ made: x.map((a) => on.product(a, a)) })), {
      instanceOf: BackendError,
      message: /^Expected TensorFlow to run a graph, got /,
    });
    t.notThrows(() => run('that works', (on, { x = [] }) => ({ made: x.map((a) => on.tanh(on.add(a, a))) })));
    t.deepEqual(readdirSync(directory), []);
    rmSync(directory, { recursive: true });
    t.throws(() => run('with nowhere to write', (on, { x = [] }) => ({ made: x.map((a) => on.exp(on.exp(a))) })), {
      instanceOf: BackendError,
      message: /^Expected TensorFlow to take a graph through the directory for temporary files, .*, got ENOENT/,
    });
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(directory, { recursive: true, force: true });
  }
});
