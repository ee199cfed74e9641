import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import { checkLearningRate, learningRateAt } from '../../../src/training/learningRate.js';

test('a constant learning rate is the same at every step', (t) => {
  t.is(learningRateAt(0.1, { step: 7, seconds: 9 }), 0.1);
});

test('a schedule is given steps and seconds', (t) => {
  t.is(
    learningRateAt(({ step, seconds }) => step + seconds / 100, { step: 7, seconds: 9 }),
    7.09,
  );
});

for (const rate of [NaN, -1, Infinity])
  test(`a schedule that gives ${rate} is an InvalidArgumentError that names the step`, (t) => {
    t.throws(() => learningRateAt(() => rate, { step: 7, seconds: 9 }), {
      instanceOf: InvalidArgumentError,
      message: `Expected the schedule's learning rate at step 7 to be a number of at least 0, got ${rate} (number)`,
    });
  });

test('a rate that float32 has no room for is an InvalidArgumentError: with it, weights become infinite', (t) => {
  const message =
    /^Expected learningRate to be at most 3\.4028234663852886e\+38, the largest number of float32, got 1e\+300/;
  t.throws(() => checkLearningRate(1e300), { instanceOf: InvalidArgumentError, message });
  t.throws(() => learningRateAt(() => 1e39, { step: 7, seconds: 9 }), { instanceOf: InvalidArgumentError });
  t.is(learningRateAt(3.4e38, { step: 7, seconds: 9 }), 3.4e38);
});
