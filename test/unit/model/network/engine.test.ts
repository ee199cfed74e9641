import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import test from 'ava';
import { useBackend } from '../../../../src/model/backend.js';
import { stretchesOf } from '../../../../src/model/network/chunks.js';
import { withEngine } from '../../../../src/model/network/computeNetwork.js';
import type { Engine } from '../../../../src/model/network/Engine.js';
import { Sum } from '../../../../src/model/network/Sum.js';
import { TfjsEngine } from '../../../../src/model/network/TfjsEngine.js';
import { tf } from '../../../../src/tf.js';
import { BACKENDS, nativeEngine } from '../../../support/interpreters.js';
import { leftBehind, nativeTensors, nothing } from '../../../support/memory.js';
import '../../../support/ownProcess.js';

type Make = <T>(engine: Engine<T>, table: T, row: T) => T;

/** What an engine makes of the table (1 2 | 3 4 | 5 6) and the row (10 20). */
const FACTS: Readonly<Record<string, readonly [Make, readonly number[]]>> = {
  'a product number by number': [(on, table) => on.multiply(table, table), [1, 4, 9, 16, 25, 36]],
  'a sum of one': [(on, table) => on.sum([table]), [1, 2, 3, 4, 5, 6]],
  'a sum of three': [(on, table) => on.sum([table, table, table]), [3, 6, 9, 12, 15, 18]],
  'the sum of rows': [(on, table) => on.sumOfRows(table), [9, 12]],
  'two rows from the second on': [(on, table) => on.rows(table, 1, 2), [3, 4, 5, 6]],
  'all rows': [(on, table) => on.rows(table, 0, 3), [1, 2, 3, 4, 5, 6]],
  'rows joined': [(on, table) => on.joinRows([on.rows(table, 2, 1), on.rows(table, 0, 1)]), [5, 6, 1, 2]],
  'one part joined': [(on, table) => on.joinRows([table]), [1, 2, 3, 4, 5, 6]],
  'rows by place, some twice': [(on, table) => on.gather(table, Int32Array.of(2, 0, 2)), [5, 6, 1, 2, 5, 6]],
  'sums by id, of which some have nothing': [
    (on, table) => on.sumByIds(table, Int32Array.of(3, 1, 3), 5),
    [0, 0, 3, 4, 0, 0, 6, 8, 0, 0],
  ],
  zeros: [(on) => on.zeros([2, 2]), [0, 0, 0, 0]],
};

function check<T>(
  engine: Engine<T>,
  [make, expected]: readonly [Make, readonly number[]],
): [number[], readonly number[]] {
  try {
    const table = engine.floats([3, 2], Float32Array.of(1, 2, 3, 4, 5, 6));
    const made = make(engine, table, engine.floats([2], Float32Array.of(10, 20)));
    // Results are no views of what they were made of.
    engine.free(table);
    return [[...engine.numbers(made)], expected];
  } finally {
    engine.close();
  }
}

for (const backend of BACKENDS)
  for (const [fact, of] of Object.entries(FACTS))
    test.serial(`${backend}: an engine gives ${fact}, which outlives what it was made of`, async (t) => {
      await useBackend(backend);
      t.deepEqual(...check(new TfjsEngine(), of));
      if (backend === 'tensorflow') t.deepEqual(...check(nativeEngine(), of));
    });

for (const backend of BACKENDS) {
  test.serial(`${backend}: of what an engine makes, only what was handed over outlives it`, async (t) => {
    await useBackend(backend);
    const held = (): number => (backend === 'tensorflow' ? nativeTensors() : 0);
    const before = held();
    let handedOver: Tensor | undefined;
    const left = await leftBehind(() => {
      handedOver = withEngine((engine) => {
        const value = engine.floats([2, 2], Float32Array.of(1, 2, 3, 4));
        engine.multiply(value, value);
        return engine.tensor<Tensor2D>(engine.joinRows([value]), [4, 1]);
      });
    });
    t.deepEqual(left, { tensors: 1, buffers: 1 });
    t.deepEqual(handedOver?.shape, [4, 1]);
    t.deepEqual([...(handedOver?.dataSync() ?? [])], [1, 2, 3, 4]);
    t.deepEqual(await leftBehind(() => handedOver?.dispose()), { tensors: -1, buffers: -1 });
    t.is(held(), before);
  });

  test.serial(`${backend}: a tensor that an engine was shown stays whose it was, also when it is freed`, async (t) => {
    await useBackend(backend);
    const mine = tf.tensor2d([[1, 2]]);
    const left = await leftBehind(() =>
      withEngine((engine) => {
        const value = engine.valueOf(mine);
        engine.free(value, value);
        engine.sum([value, value]);
      }),
    );
    t.deepEqual(left, nothing);
    t.deepEqual([...mine.dataSync()], [1, 2]);
    mine.dispose();
  });
}

test.serial('a sum holds no more terms than it may, and is their sum', async (t) => {
  await useBackend('cpu');
  const engine = new TfjsEngine();
  const sum = new Sum(engine, 3);
  const before = tf.memory().numTensors;
  for (let term = 1; term <= 10; term++) {
    sum.add(engine.floats([1], Float32Array.of(term)));
    t.true(tf.memory().numTensors - before <= 3);
  }
  t.deepEqual([...engine.numbers(sum.total())], [55]);
  t.is(tf.memory().numTensors - before, 1);
  engine.close();
});

test('time steps are cut into stretches without a gap, the larger ones first', (t) => {
  for (let time = 1; time <= 70; time++) {
    const stretches = stretchesOf(time);
    let next = 0;
    for (const { from, steps } of stretches) {
      t.is(from, next);
      next += steps;
    }
    t.is(next, time);
    const sizes = stretches.map(({ steps }) => steps);
    t.deepEqual(
      sizes,
      [...sizes].sort((a, b) => b - a),
    );
  }
  t.deepEqual(
    stretchesOf(38).map(({ steps }) => steps),
    [16, 16, 4, 1, 1],
  );
});
