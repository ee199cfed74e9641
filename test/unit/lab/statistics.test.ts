import test from 'ava';
import { heightAt, quantile, runningSums, spread, studentQuantile } from '../../../src/lab/statistics.js';

test('a spread is the mean, the sample standard deviation and half of the 95 % interval, by hand: 2, 4, 9', (t) => {
  // Deviations −3, −1, 4; their squares add up to 26; 26 / 2 = 13. With two degrees of freedom, t is 4.303.
  const { margin, ...rest } = spread([2, 4, 9]);
  t.deepEqual(rest, { mean: 5, deviation: Math.sqrt(13), count: 3 });
  t.true(Math.abs((margin ?? NaN) - 4.303 * Math.sqrt(13 / 3)) < 1e-12);
});

test('one value has no deviation, and none no mean', (t) => {
  t.deepEqual(spread([7]), { mean: 7, deviation: undefined, margin: undefined, count: 1 });
  t.deepEqual(spread([]), { mean: NaN, deviation: undefined, margin: undefined, count: 0 });
});

test('the quantiles of Student’s t are those of the tables', (t) => {
  // Fisher and Yates, “Statistical tables”: two-sided, 5 %.
  const table = [
    [1, 12.706],
    [2, 4.303],
    [10, 2.228],
    [20, 2.086],
    [21, 2.08],
    [30, 2.042],
    [60, 2.0],
    [120, 1.98],
  ] as const;
  for (const [degrees, quantile] of table) t.true(Math.abs(studentQuantile(degrees) - quantile) < 1e-3, `${degrees}`);
});

test("quantiles are numpy's", (t) => {
  // numpy.quantile([5, 1, 3, 9], [0, 0.1, 0.5, 0.9, 1])
  const expected = [1, 1.6, 4, 7.8, 9];
  for (const [index, share] of [0, 0.1, 0.5, 0.9, 1].entries())
    t.true(Math.abs(quantile([5, 1, 3, 9], share) - (expected[index] ?? NaN)) < 1e-12);
  t.is(quantile([4], 0.3), 4);
  t.is(quantile([], 0.5), NaN);
});

test('a height is read off the straight line between the points on either side', (t) => {
  const points = [
    [1, 10],
    [3, 20],
    [4, 0],
  ] as const;
  t.deepEqual(
    [1, 1.5, 2, 3, 3.25, 4].map((x) => heightAt(points, x)),
    [10, 12.5, 15, 20, 15, 0],
  );
});

test('outside of its points a line has no height', (t) => {
  const points = [
    [1, 10],
    [3, 20],
  ] as const;
  t.is(heightAt(points, 0.9), undefined);
  t.is(heightAt(points, 3.1), undefined);
  t.is(heightAt([], 1), undefined);
});

test('running sums: 3, 1, 2 become 3, 4, 6', (t) => {
  t.deepEqual(runningSums([3, 1, 2]), [3, 4, 6]);
});
