import test from 'ava';
import { conditionedGumbels } from '../../../src/decoding/gumbel.js';
import { random } from '../../../src/random.js';
import fc from '../../support/fastCheck.js';
import { CRITICAL, chiSquare, kolmogorovSmirnov } from '../../support/statistics.js';

const PROBABILITIES = [0.5, 0.3, 0.2];
const LOG_PROBABILITIES = Float64Array.from(PROBABILITIES, Math.log);
const MAXIMUM = 0.4;
const DRAWS = 2000;

/** A new number from [0, 1) at each call. */
function uniforms(seed: number): () => number {
  const { uniform } = random(seed, 'test');
  let position = 0;
  return () => uniform(position++);
}

const indexOfMaximum = (values: Float64Array): number => values.indexOf(Math.max(...values));

/** Many sets of conditioned Gumbels. */
function drawn(seed: number): Float64Array[] {
  const next = uniforms(seed);
  return Array.from({ length: DRAWS }, () => conditionedGumbels(LOG_PROBABILITIES, MAXIMUM, next));
}

/** The same by rejection: which one is the maximum is drawn by its probability, the others until they are below it. */
function drawnByRejection(seed: number): number[][] {
  const next = uniforms(seed);
  const gumbelBelow = (location: number): number => {
    for (;;) {
      const value = location - Math.log(-Math.log(next() || 0.5));
      if (value < MAXIMUM) return value;
    }
  };
  return Array.from({ length: DRAWS }, () => {
    const uniform = next();
    const highest = uniform < 0.5 ? 0 : uniform < 0.8 ? 1 : 2;
    return Array.from(LOG_PROBABILITIES, (location, index) => (index === highest ? MAXIMUM : gumbelBelow(location)));
  });
}

test('the maximum is exactly the given one', (t) => {
  const logProbabilities = fc.array(fc.double({ min: -50, max: 0, noNaN: true }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(
      logProbabilities,
      fc.double({ min: -100, max: 100, noNaN: true }),
      fc.nat(),
      (values, maximum, seed) => {
        const perturbed = conditionedGumbels(Float64Array.from(values), maximum, uniforms(seed));
        t.is(Math.max(...perturbed), maximum);
      },
    ),
  );
});

test('each is the maximum as often as its probability says', (t) => {
  const counts = [0, 0, 0];
  for (const values of drawn(1)) counts[indexOfMaximum(values)] = (counts[indexOfMaximum(values)] ?? 0) + 1;
  t.true(chiSquare(counts, PROBABILITIES) < CRITICAL[2]);
});

test('their distribution is the one that rejection gives', (t) => {
  const [conditioned, rejected] = [drawn(2), drawnByRejection(3)];
  for (const index of PROBABILITIES.keys()) {
    const of = (sets: readonly ArrayLike<number>[]): number[] => sets.map((values) => values[index] ?? NaN);
    t.true(kolmogorovSmirnov(of(conditioned), of(rejected)) < 1);
  }
});

test('the test of distributions tells Gumbels that are not conditioned', (t) => {
  const next = uniforms(4);
  const free = Array.from({ length: DRAWS }, () => Math.log(0.5) - Math.log(-Math.log(next() || 0.5)));
  t.true(
    kolmogorovSmirnov(
      free,
      drawnByRejection(3).map(([first = NaN]) => first),
    ) > 1,
  );
});

test('what is excluded stays excluded', (t) => {
  const perturbed = conditionedGumbels(Float64Array.of(-Infinity, -1, -Infinity, -2), 3, uniforms(1));
  t.deepEqual(
    [...perturbed].map((value) => value === -Infinity),
    [true, false, true, false],
  );
});

test('very unlike log-probabilities neither overflow nor become NaN', (t) => {
  for (const maximum of [-1e6, -30, 0, 1e6]) {
    const perturbed = conditionedGumbels(Float64Array.of(-1e5, 0, -800, -1e-12), maximum, uniforms(2));
    t.true(perturbed.every((value) => Number.isFinite(value) && value <= maximum));
  }
});

test('a uniform number of 0, and the largest below 1, give finite values', (t) => {
  for (const uniform of [0, 1 - 2 ** -53]) {
    const perturbed = conditionedGumbels(LOG_PROBABILITIES, 0, () => uniform);
    t.true(perturbed.every(Number.isFinite));
  }
});
