import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import type { Progress } from '../../../src/training/Optimizer.js';
import { warmupCosine } from '../../../src/training/warmupCosine.js';
import { isClose } from '../../support/closeness.js';
import fc from '../../support/fastCheck.js';

const atStep = (step: number): Progress => ({ step, seconds: 0 });
const atSecond = (seconds: number): Progress => ({ step: 0, seconds });

const overSteps = warmupCosine({ learningRate: 8, over: { steps: 100 }, warmup: 0.1, final: 0.25 });

// Of 100 steps 10 are warm-up; the cosine spans the 90 after step 9: step 39 is a third of it, 54 a half.
for (const [step, what, rate] of [
  [0, 'the first step', 0.8],
  [4, 'the middle of the warm-up', 4],
  [9, 'the end of the warm-up', 8],
  [39, 'a third of the fall', 2 + 6 * 0.75],
  [54, 'half of the fall', 2 + 6 * 0.5],
  [69, 'two thirds of the fall', 2 + 6 * 0.25],
  [99, 'the last step', 2],
  [100, 'the step after it', 2],
  [1e9, 'long after', 2],
] as const)
  test(`warmupCosine over steps is ${rate} at ${what}`, (t) => {
    isClose(t, [overSteps(atStep(step))], [rate], 1e-12);
  });

const overMinutes = warmupCosine({ learningRate: 8, over: { minutes: 10 }, warmup: 0.1, final: 0.25 });

for (const [second, what, rate] of [
  [0, 'the start: a twentieth of the peak', 0.4],
  [30, 'the middle of the warm-up', 4],
  [60, 'the end of the warm-up', 8],
  [240, 'a third of the fall', 2 + 6 * 0.75],
  [330, 'half of the fall', 2 + 6 * 0.5],
  [600, 'the end', 2],
  [6000, 'long after', 2],
] as const)
  test(`warmupCosine over minutes is ${rate} at ${what}`, (t) => {
    isClose(t, [overMinutes(atSecond(second))], [rate], 1e-12);
  });

test('warmupCosine over steps does not ask the time, over minutes not the step', (t) => {
  t.is(overSteps({ step: 20, seconds: 1e6 }), overSteps(atStep(20)));
  t.is(overMinutes({ step: 1e6, seconds: 20 }), overMinutes(atSecond(20)));
});

test('by default, warmupCosine warms up for a hundredth and ends at a fiftieth', (t) => {
  const schedule = warmupCosine({ learningRate: 1, over: { steps: 1000 } });
  isClose(
    t,
    [4, 9, 999].map((step) => schedule(atStep(step))),
    [0.5, 1, 0.02],
    1e-12,
  );
});

test('without a warm-up, warmupCosine begins to fall at once', (t) => {
  const schedule = warmupCosine({ learningRate: 1, over: { minutes: 1 }, warmup: 0, final: 0 });
  isClose(
    t,
    [0, 30, 60].map((second) => schedule(atSecond(second))),
    [1, 0.5, 0],
    1e-12,
  );
});

test('warmupCosine rises to the peak and then falls, and is never 0 before its end', (t) => {
  const options = fc.record({
    learningRate: fc.double({ min: 1e-6, max: 10, noNaN: true }),
    warmup: fc.double({ min: 0, max: 0.99, noNaN: true }),
    final: fc.double({ min: 0, max: 1, noNaN: true }),
    steps: fc.integer({ min: 1, max: 300 }),
  });
  fc.assert(
    fc.property(options, ({ learningRate, warmup, final, steps }) => {
      const schedule = warmupCosine({ learningRate, over: { steps }, warmup, final });
      const rates = Array.from({ length: steps + 5 }, (_, step) => schedule(atStep(step)));
      const turn = rates.indexOf(Math.max(...rates));
      const rounding = 1e-12 * learningRate;
      for (const [step, rate] of rates.entries()) {
        t.true(rate <= learningRate + rounding && (rate > 0 || step >= steps - 1));
        const next = rates[step + 1];
        if (next !== undefined) t.true(step < turn ? next >= rate - rounding : next <= rate + rounding);
      }
    }),
  );
});

for (const [options, message] of [
  [{ learningRate: 0, over: { steps: 5 } }, 'learningRate to be a number above 0, got 0 (number)'],
  [
    { learningRate: 1e300, over: { steps: 5 } },
    'learningRate to be at most 3.4028234663852886e+38, the largest number of float32, got 1e+300 (number)',
  ],
  [{ learningRate: 1, over: { steps: 0 } }, 'over.steps to be a number above 0, got 0 (number)'],
  [{ learningRate: 1, over: { minutes: -1 } }, 'over.minutes to be a number above 0, got -1 (number)'],
  [{ learningRate: 1, over: { minutes: Infinity } }, 'over.minutes to be a number above 0, got Infinity (number)'],
  [
    { learningRate: 1, over: { steps: 5 }, warmup: 1 },
    'warmup to be a number of at least 0 and below 1, got 1 (number)',
  ],
  [
    { learningRate: 1, over: { steps: 5 }, final: 2 },
    'final to be a number of at least 0 and of at most 1, got 2 (number)',
  ],
] as const)
  test(`warmupCosine expects ${message}`, (t) => {
    t.throws(() => warmupCosine(options), { instanceOf: InvalidArgumentError, message: `Expected ${message}` });
  });
