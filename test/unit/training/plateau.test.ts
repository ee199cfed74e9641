import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import { plateau } from '../../../src/training/plateau.js';
import { throwsInvalid } from '../../support/throwsInvalid.js';

/** The rates after each report. */
function ratesAfter(schedule: ReturnType<typeof plateau>, losses: number[]): number[] {
  return losses.map((loss) => {
    schedule.report(loss);
    return schedule();
  });
}

test('plateau begins at the initial rate', (t) => {
  t.is(plateau({ learningRate: 0.1 })(), 0.1);
});

test('while every loss is better than the best one, plateau keeps the rate', (t) => {
  t.deepEqual(ratesAfter(plateau({ learningRate: 1, patience: 0 }), [4, 3, 2, 1]), [1, 1, 1, 1]);
});

test('by default, the second loss in a row that is no better halves the rate', (t) => {
  t.deepEqual(ratesAfter(plateau({ learningRate: 1 }), [3, 4, 5, 6, 7]), [1, 1, 0.5, 0.5, 0.25]);
});

test('with patience 0, the first loss that is no better lowers the rate', (t) => {
  t.deepEqual(
    ratesAfter(plateau({ learningRate: 1, patience: 0, factor: 0.25 }), [3, 4, 2, 2]),
    [1, 0.25, 0.25, 0.0625],
  );
});

test('a better loss in between begins the count anew', (t) => {
  t.deepEqual(ratesAfter(plateau({ learningRate: 1 }), [3, 4, 2, 4, 1, 4]), [1, 1, 1, 1, 1, 1]);
});

test('the best loss of all counts, not the last', (t) => {
  t.deepEqual(ratesAfter(plateau({ learningRate: 1 }), [3, 5, 4]), [1, 1, 0.5]);
});

test('plateau falls no lower than its minimum', (t) => {
  t.deepEqual(ratesAfter(plateau({ learningRate: 1, patience: 0, minimum: 0.4 }), [1, 1, 1, 1]), [1, 0.5, 0.4, 0.4]);
});

for (const [options, message] of [
  [{ learningRate: 0 }, 'learningRate to be a number above 0, got 0 (number)'],
  [{ learningRate: 1, factor: 1 }, 'factor to be a number above 0 and below 1, got 1 (number)'],
  [{ learningRate: 1, patience: 0.5 }, 'patience to be an integer of at least 0, got 0.5 (number)'],
  [{ learningRate: 1, minimum: 2 }, 'minimum to be a number of at least 0 and of at most 1, got 2 (number)'],
] as const)
  test(`plateau expects ${message}`, (t) => {
    t.throws(() => plateau(options), { instanceOf: InvalidArgumentError, message: `Expected ${message}` });
  });

test('a report that is not a number is an InvalidArgumentError, and does not count', (t) => {
  const schedule = plateau({ learningRate: 1, patience: 0 });
  throwsInvalid(t, () => schedule.report(NaN), 'validationLoss');
  t.is(schedule(), 1);
});
