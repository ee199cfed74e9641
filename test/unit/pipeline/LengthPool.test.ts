import test from 'ava';
import { LengthPool } from '../../../src/pipeline/LengthPool.js';
import fc from '../../support/fastCheck.js';
import { plain, sequence, sequenceOfLength } from '../../support/sequences.js';

const MAX_TOKENS = 24;
const lengths = fc.array(fc.integer({ min: 1, max: MAX_TOKENS }), { minLength: 1, maxLength: 60 });

/** A pool of sequences of these lengths, which begin with their number. */
function poolOf(all: readonly number[]): LengthPool {
  const pool = new LengthPool(MAX_TOKENS);
  all.forEach((length, number) => {
    pool.add(sequenceOfLength(length, number));
  });
  return pool;
}

function numbersOf(group: Iterable<Int32Array>): number[] {
  return Array.from(group, ([number = NaN]) => number);
}

function longestOf(group: readonly Int32Array[]): number {
  return Math.max(...group.map(({ length }) => length));
}

test('tokens counts what is in the pool, padding not', (t) => {
  const pool = poolOf([3, 5, 3]);
  t.is(pool.tokens, 11);
  pool.takeAll();
  t.is(pool.tokens, 0);
});

test('taken one after the other, groups hold every sequence once, the oldest in the first', (t) => {
  fc.assert(
    fc.property(lengths, (all) => {
      const pool = poolOf(all);
      const waiting = new Set(all.keys());
      while (waiting.size > 0) {
        const [oldest] = waiting;
        const numbers = numbersOf(pool.takeOldest());
        if (!numbers.some((number) => number === oldest)) return false;
        if (!numbers.every((number) => waiting.delete(number))) return false;
      }
      return pool.tokens === 0;
    }),
  );
  t.pass();
});

test('a group never holds more than maxTokens, padding counted', (t) => {
  fc.assert(
    fc.property(lengths, (all) => {
      const groups = poolOf(all).takeAll();
      const pool = poolOf(all);
      while (pool.tokens > 0) groups.push(pool.takeOldest());
      return groups.every((group) => group.length * longestOf(group) <= MAX_TOKENS);
    }),
  );
  t.pass();
});

test('a group is of neighbours in length: none that is left would fit between them', (t) => {
  fc.assert(
    fc.property(lengths, (all) => {
      const pool = poolOf(all);
      const taken = pool.takeOldest().map(({ length }) => length);
      const [shortest, longest] = [Math.min(...taken), Math.max(...taken)];
      return pool
        .takeAll()
        .flat()
        .every(({ length }) => length <= shortest || length >= longest);
    }),
  );
  t.pass();
});

test('of two full groups, the oldest goes with the one that has less padding', (t) => {
  const pool = poolOf([6, 8, 8, 6, 6, 6]);
  t.deepEqual(numbersOf(pool.takeOldest()), [0, 3, 4, 5]);
});

test('the oldest does not go alone while others could fill its group', (t) => {
  const pool = poolOf([2, 3, 3, 3, 3, 3, 3, 3]);
  t.is(pool.takeOldest().length, 8);
});

test('where no group that holds the oldest would be full, it goes with all that fit', (t) => {
  const pool = poolOf([2, 3, MAX_TOKENS]);
  t.deepEqual(numbersOf(pool.takeOldest()).sort(), [0, 1]);
});

test('takeAll gives every sequence once', (t) => {
  fc.assert(
    fc.property(lengths, (all) => {
      const numbers = poolOf(all).takeAll().flatMap(numbersOf);
      t.deepEqual(
        numbers.sort((a, b) => a - b),
        [...all.keys()],
      );
    }),
  );
});

test('takeAll leaves at most one group that another sequence of its lengths would fit into', (t) => {
  fc.assert(
    fc.property(lengths, (all) => {
      const groups = poolOf(all).takeAll();
      return groups.filter((group) => (group.length + 1) * longestOf(group) <= MAX_TOKENS).length <= 1;
    }),
  );
  t.pass();
});

test('sequences of one length come out in the order they came in', (t) => {
  const pool = new LengthPool(8);
  for (const id of [5, 6, 7, 8, 9]) pool.add(sequence(id, 1));
  t.deepEqual(plain(pool.takeOldest()), [
    [5, 1],
    [6, 1],
    [7, 1],
    [8, 1],
  ]);
});

test('an empty pool gives no groups', (t) => {
  t.deepEqual(new LengthPool(8).takeAll(), []);
});

test('a group may hold more sequences than a call takes arguments', (t) => {
  const count = 200_000;
  const fill = (): LengthPool => {
    const pool = new LengthPool(3 * count);
    const [short, middle, long] = [sequence(7), sequence(7, 1), sequence(7, 8, 1)];
    pool.add(short);
    for (let added = 1; added < count; added++) pool.add(added < count - 1 ? middle : long);
    return pool;
  };
  t.is(fill().takeOldest().length, count);
  t.is(fill().takeAll()[0]?.length, count);
});
