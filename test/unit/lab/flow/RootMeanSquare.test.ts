import test from 'ava';
import { RootMeanSquare } from '../../../../src/lab/flow/RootMeanSquare.js';
import { random } from '../../../../src/random.js';

function meanOf(sequences: number, samples: readonly (readonly [number, number])[]): RootMeanSquare {
  const mean = new RootMeanSquare(sequences);
  for (const [sequence, square] of samples) mean.add(sequence, square);
  return mean;
}

test('the norm is the root of the mean of all squares', (t) => {
  t.is(
    meanOf(3, [
      [0, 1],
      [0, 2],
      [2, 9],
    ]).estimate().norm,
    2,
  );
});

test('a sequence without samples is not counted', (t) => {
  const mean = meanOf(3, [
    [0, 1],
    [0, 2],
    [2, 9],
  ]);
  t.is(mean.count, 3);
  t.is(mean.sequences, 2);
});

test('the standard error of the mean is that of a ratio of sums over sequences, computed here by hand', (t) => {
  // Sums 3 and 9, counts 2 and 1, mean 4: deviations 3 − 8 and 9 − 4; variance 2/1 · (25 + 25) / 9.
  const { standardError } = meanOf(3, [
    [0, 1],
    [0, 2],
    [2, 9],
  ]).estimate();
  t.true(Math.abs(standardError - Math.sqrt(100 / 9) / (2 * 2)) < 1e-12);
});

test('with one sample a sequence it is the textbook standard error of a mean, over twice the norm', (t) => {
  const squares = [4, 1, 7, 3, 5];
  const mean = 4;
  const variance = squares.reduce((sum, square) => sum + (square - mean) ** 2, 0) / 4;
  const { norm, standardError } = meanOf(
    5,
    squares.map((square, sequence) => [sequence, square]),
  ).estimate();
  t.is(norm, 2);
  t.true(Math.abs(standardError - Math.sqrt(variance / 5) / (2 * norm)) < 1e-12);
});

test('of one sequence alone there is no standard error', (t) => {
  t.deepEqual(
    meanOf(2, [
      [1, 4],
      [1, 16],
    ]).estimate(),
    { norm: Math.sqrt(10), standardError: NaN },
  );
});

test('where every square is 0, so are the norm and its error', (t) => {
  t.deepEqual(
    meanOf(2, [
      [0, 0],
      [1, 0],
    ]).estimate(),
    { norm: 0, standardError: 0 },
  );
});

test('two standard errors hold the true norm in about 95 of 100 cases, samples of a sequence being alike', (t) => {
  // A square is one that all of its sequence share, plus one of its own, each of mean 1.25: 64 sequences of 1 to 8 samples.
  const { normal, integer } = random(1, 'alike');
  const square = (position: number): number => (1 + normal(position) / 2) ** 2;
  let held = 0;
  for (let run = 0; run < 400; run++) {
    const mean = new RootMeanSquare(64);
    for (let sequence = 0; sequence < 64; sequence++) {
      const position = (run * 64 + sequence) * 10;
      const count = 1 + integer(position + 1, 8);
      for (let sample = 0; sample < count; sample++)
        mean.add(sequence, square(position) + square(position + 2 + sample));
    }
    const { norm, standardError } = mean.estimate();
    if (Math.abs(norm - Math.sqrt(2.5)) < 2 * standardError) held++;
  }
  t.true(held / 400 > 0.92 && held / 400 < 0.98, `${held} of 400`);
});
