import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { shuffle } from '../../../src/pipeline/shuffle.js';
import { collect } from '../../support/collect.js';
import fc from '../../support/fastCheck.js';
import { operatorFacts } from '../../support/operatorFacts.js';
import { throwsInvalid } from '../../support/throwsInvalid.js';

operatorFacts({ operator: () => shuffle<string>({ bufferSize: 3, seed: 1 }), item: 'x', result: 'x', holds: true });

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function shuffled(count: number, bufferSize: number, seed: number): Promise<number[]> {
  return collect(pipeline(upTo(count), shuffle({ bufferSize, seed })));
}

const count = fc.nat(60);
const bufferSize = fc.integer({ min: 1, max: 70 });
const seed = fc.integer();

test('the documented example is true', async (t) => {
  t.deepEqual(await collect(pipeline([1, 2, 3, 4, 5], shuffle({ bufferSize: 3, seed: 1 }))), [1, 2, 5, 3, 4]);
});

test('every item comes out once', async (t) => {
  await fc.assert(
    fc.asyncProperty(count, bufferSize, seed, async (items, size, key) => {
      t.deepEqual(
        (await shuffled(items, size, key)).sort((a, b) => a - b),
        upTo(items),
      );
    }),
  );
});

test('an item comes out less than bufferSize places early', async (t) => {
  await fc.assert(
    fc.asyncProperty(count, bufferSize, seed, async (items, size, key) =>
      (await shuffled(items, size, key)).every((item, place) => item - place < size),
    ),
  );
  t.pass();
});

test('the same seed gives the same order, each time it is read', async (t) => {
  const items = pipeline(upTo(100), shuffle({ bufferSize: 20, seed: 7 }));
  const first = await collect(items);
  t.deepEqual(await collect(items), first);
  t.deepEqual(await shuffled(100, 20, 7), first);
});

test('other seeds give other orders', async (t) => {
  const orders = await Promise.all(upTo(50).map((key) => shuffled(20, 20, key)));
  t.is(new Set(orders.map(String)).size, 50);
});

test('a bufferSize of 1 keeps the order', async (t) => {
  t.deepEqual(await shuffled(10, 1, 3), upTo(10));
});

for (const size of [4, 7])
  test(`all orders of 4 items are equally likely with a bufferSize of ${size}`, async (t) => {
    const runs = 4800;
    const counts = new Map<string, number>();
    for (let key = 0; key < runs; key++) {
      const order = String(await shuffled(4, size, key));
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const expected = runs / 24;
    t.is(counts.size, 24);
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    t.true(chiSquare < 49.73, `χ² with 23 degrees of freedom is ${chiSquare}, more than its 99.9 % quantile`);
  });

test('of a longer stream, every item of the buffer is equally likely to be the first', async (t) => {
  const runs = 4000;
  const counts = new Array<number>(8).fill(0);
  for (let key = 0; key < runs; key++) {
    const [first = NaN] = await shuffled(20, 8, key);
    counts[first] = (counts[first] ?? NaN) + 1;
  }
  const expected = runs / counts.length;
  const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  t.true(chiSquare < 24.32, `χ² with 7 degrees of freedom is ${chiSquare}, more than its 99.9 % quantile`);
});

for (const size of [0, -1, 1.5, NaN, Infinity])
  test(`a bufferSize of ${size} is an InvalidArgumentError`, (t) => {
    t.throws(() => shuffle({ bufferSize: size, seed: 1 }), {
      instanceOf: InvalidArgumentError,
      message: `Expected bufferSize to be an integer of at least 1, got ${size} (number)`,
    });
  });

for (const key of [1.5, NaN, undefined])
  test(`a seed of ${key} is an InvalidArgumentError`, (t) => {
    throwsInvalid(t, () => shuffle({ bufferSize: 2, seed: key as number }), 'seed');
  });
