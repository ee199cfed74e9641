import test from 'ava';
import { foundRate, nextRateTrial, type RateResult } from '../../../../src/lab/comparison/searchRate.js';
import fc from '../../../support/fastCheck.js';

/** Searches to the end, with a loss for each rate and round. */
function search(grid: readonly number[], lossOf: (rate: number, round: number) => number): RateResult[] {
  const results: RateResult[] = [];
  for (let next = nextRateTrial(grid, results); next; next = nextRateTrial(grid, results)) {
    if (results.length > 100) throw new Error('The search does not end');
    results.push({ ...next, loss: lossOf(next.learningRate, next.round) });
  }
  return results;
}

const GRID = [0.0025, 0.005, 0.01, 0.02, 0.04];
const bowl =
  (best: number) =>
  (rate: number): number =>
    Math.log(rate / best) ** 2;

test('five rates once, then the best two again, where the best is within the grid', (t) => {
  const results = search(GRID, bowl(0.011));
  t.deepEqual(
    results.map(({ learningRate, round }) => [learningRate, round]),
    [...GRID.map((rate) => [rate, 0]), [0.01, 1], [0.02, 1]],
  );
  t.is(foundRate(results), 0.01);
});

test('the grid grows beyond its end for as long as the best lies there', (t) => {
  const rates = (best: number): number[] => search(GRID, bowl(best)).map(({ learningRate }) => learningRate);
  t.deepEqual(rates(0.15).slice(5), [0.08, 0.16, 0.32, 0.16, 0.08]);
  t.deepEqual(rates(0.0011).slice(5), [0.0013, 0.00068, 0.0013, 0.00068]);
});

test('it grows in the second round, too, where that prefers the end', (t) => {
  // At first 0.02 is best; with more time, the higher the better, up to 0.08.
  const results = search(GRID, (rate, round) => bowl(round === 0 ? 0.026 : 0.08)(rate));
  t.is(foundRate(results), 0.08);
  t.true(results.some(({ learningRate, round }) => learningRate === 0.16 && round === 1));
});

test('a rate at which a training becomes infinite is the worst; where all are, none is found', (t) => {
  const results = search(GRID, (rate) => (rate > 0.006 ? Infinity : bowl(0.02)(rate)));
  t.is(foundRate(results), 0.005);
  const infinite = search(GRID, () => Infinity);
  t.is(foundRate(infinite), undefined);
});

test('finalists that become infinite with more time give way to the next best; an infinite rate is never a finalist', (t) => {
  const results = search(GRID, (rate, round) => (rate > 0.003 && round === 1 ? Infinity : bowl(0.01)(rate)));
  t.deepEqual(
    results.filter(({ round }) => round === 1).map(({ learningRate }) => learningRate),
    [0.01, 0.005, 0.02, 0.0025, 0.0013],
  );
  t.is(foundRate(results), 0.0025);
  const onlyOne = search(GRID, (rate) => (rate === 0.0025 ? 1 : Infinity));
  t.true(onlyOne.every(({ round, loss }) => round === 0 || Number.isFinite(loss)));
});

test('a search among rates that are near to each other ends', (t) => {
  for (const grid of [
    [0.01, 0.0102],
    [0.098, 0.1],
    [0.0999, 0.1],
  ])
    t.true(search(grid, bowl(1)).length < 30);
});

test('wherever the best rate lies, what is found is no further from it than the next rate of the grid, and no end of what was tried', (t) => {
  fc.assert(
    fc.property(fc.double({ min: Math.log(1e-5), max: Math.log(5), noNaN: true }), (logBest) => {
      const best = Math.exp(logBest);
      const results = search(GRID, bowl(best));
      const found = foundRate(results) ?? NaN;
      const tried = results.map(({ learningRate }) => learningRate);
      t.true(Math.abs(Math.log2(found / best)) <= 0.55);
      t.true(found > Math.min(...tried) && found < Math.max(...tried));
    }),
    { numRuns: 200 },
  );
});
