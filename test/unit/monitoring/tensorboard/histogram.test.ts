import { readFileSync } from 'node:fs';
import test from 'ava';
import { histogram } from '../../../../src/monitoring/tensorboard/histogram.js';
import fc from '../../../support/fastCheck.js';
import { fixtureAt } from '../../../support/places.js';

// The expectations are numpy's: test/fixtures/tensorboard/make.py.
const fixture = fixtureAt('tensorboard/histograms.json');
const examples: Record<string, { values: number[]; edges: number[]; counts: number[] }> = JSON.parse(
  readFileSync(fixture, 'utf8'),
);

interface Buckets {
  left: number[];
  right: number[];
  counts: number[];
}

function bucketsOf(values: Float32Array): Buckets {
  const rows = histogram(values);
  const column = (at: number): number[] => [...rows.filter((_, place) => place % 3 === at)];
  return { left: column(0), right: column(1), counts: column(2) };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

for (const [name, { values, edges, counts }] of Object.entries(examples))
  test(`edges and counts of ${values.length} numbers (${name}) are numpy's`, (t) => {
    const buckets = bucketsOf(Float32Array.from(values));
    t.deepEqual(buckets, { left: edges.slice(0, -1), right: edges.slice(1), counts });
  });

test('numbers that are all the same are in the last of 30 buckets without width', (t) => {
  const { left, right, counts } = bucketsOf(new Float32Array(7).fill(-2.5));
  t.deepEqual(left, Array(30).fill(-2.5));
  t.deepEqual(right, left);
  t.deepEqual(counts, [...Array(29).fill(0), 7]);
});

test('NaN and infinities are left out', (t) => {
  const finite = [3, -1, 0.5, 2];
  t.deepEqual(
    bucketsOf(Float32Array.of(NaN, 3, -1, Infinity, 0.5, -Infinity, 2)),
    bucketsOf(Float32Array.from(finite)),
  );
});

for (const values of [[], [NaN], [Infinity, -Infinity]])
  test(`without a finite number, as in [${values}], all is 0`, (t) => {
    t.deepEqual(histogram(Float32Array.from(values)), new Float64Array(90));
  });

const anyFloats = fc.float32Array({ minLength: 1, maxLength: 200 });

test('every finite number is counted once, in a bucket that it lies in', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(anyFloats, (values) => {
        const { left, right, counts } = bucketsOf(values);
        const finite = values.filter(Number.isFinite);
        if (sum(counts) !== finite.length) return false;
        if (finite.length === 0 || left[0] === right[29]) return true;
        return counts.every((count, bucket) => {
          const [from = NaN, to = NaN] = [left[bucket], right[bucket]];
          return count === finite.filter((x) => x >= from && (bucket === 29 ? x <= to : x < to)).length;
        });
      }),
    ),
  );
});

test('buckets lie side by side, from the smallest number to the largest', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(anyFloats, (values) => {
        const { left, right } = bucketsOf(values);
        const finite = [...values].filter(Number.isFinite);
        if (finite.length === 0) return true;
        const ends = left[0] === Math.min(...finite) && right[29] === Math.max(...finite);
        return ends && (left[0] === right[29] || left.slice(1).every((edge, at) => edge === right[at]));
      }),
    ),
  );
});
