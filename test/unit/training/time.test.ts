import test from 'ava';
import { lastValueFrom, tap } from 'rxjs';
import { epochs } from '../../../src/pipeline/epochs.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { EpochTotals } from '../../../src/training/EpochTotals.js';
import { StopWatch } from '../../../src/training/StopWatch.js';
import { sgd } from '../../../src/training/sgd.js';
import type { TrainingStep } from '../../../src/training/TrainingStep.js';
import { train } from '../../../src/training/train.js';
import { referenceBatch } from '../../reference/weights.js';
import { Clock } from '../../support/clock.js';
import { smallModel } from '../../support/languageModels.js';

// ── StopWatch ──

test.serial('a step counts from the end of the last one', (t) => {
  const clock = new Clock(t);
  const watch = new StopWatch();
  clock.pass(2);
  watch.begin(0);
  clock.pass(1);
  t.is(watch.end(), 3);
  clock.pass(4);
  watch.begin(0);
  clock.pass(1);
  t.is(watch.end(), 5);
  t.is(watch.seconds, 8);
});

test.serial('from the last step of an epoch to the first of the next, nothing counts', (t) => {
  const clock = new Clock(t);
  const watch = new StopWatch();
  watch.begin(0);
  clock.pass(1);
  watch.end();
  clock.pass(100);
  watch.begin(1);
  clock.pass(2);
  t.is(watch.end(), 2);
  t.is(watch.seconds, 3);
});

test.serial(
  'of a training that goes on, the seconds go on, and what comes before its first step does not count',
  (t) => {
    const clock = new Clock(t);
    const watch = new StopWatch(50);
    t.is(watch.seconds, 50);
    clock.pass(100);
    watch.begin(3);
    clock.pass(2);
    t.is(watch.end(), 2);
    t.is(watch.seconds, 52);
  },
);

test.serial('within a step, the seconds are those at the end of the last one', (t) => {
  const clock = new Clock(t);
  const watch = new StopWatch();
  watch.begin(0);
  clock.pass(1);
  t.is(watch.seconds, 0);
  watch.end();
  clock.pass(1);
  t.is(watch.seconds, 1);
});

// ── EpochTotals ──

const step = (part: Partial<TrainingStep>): TrainingStep => ({
  epoch: 0,
  index: 0,
  step: 0,
  loss: 1,
  tokens: 10,
  paddedPlaces: 0,
  gradientNorm: 1,
  clippedNorm: 1,
  learningRate: 0.1,
  seconds: 1,
  tokensPerSecond: 10,
  inspect: () => {
    throw new TypeError('There is nothing to inspect');
  },
  state: () => {
    throw new TypeError('There is no state');
  },
  ...part,
});

test('the totals of an epoch are per token, per second and per place', (t) => {
  const totals = new EpochTotals();
  totals.add(step({ loss: 4, tokens: 10, paddedPlaces: 5, seconds: 3, tokensPerSecond: 5 }));
  totals.add(step({ loss: 1, tokens: 30, paddedPlaces: 15, seconds: 6, tokensPerSecond: 15 }));
  // 4·10 + 1·30 nats of 40 tokens; 40 tokens in 2 + 2 seconds; 20 of 60 places
  t.deepEqual(totals.summary(), { seconds: 6, tokens: 40, natsPerToken: 1.75, tokensPerSecond: 10, padding: 1 / 3 });
});

test('the totals know how many steps were added', (t) => {
  const totals = new EpochTotals();
  t.is(totals.steps, 0);
  totals.add(step({}));
  totals.add(step({}));
  t.is(totals.steps, 2);
});

// ── train ──

const batch = referenceBatch(
  { cell: 'rnn', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 },
  [2, 3],
);

test.serial('seconds and tokens per second count the pipeline and the step, not what afterEach does', async (t) => {
  const clock = new Clock(t);
  const model = smallModel({ cell: 'rnn' });
  const asked: number[] = [];
  const learningRate = ({ seconds }: { seconds: number }): number => {
    asked.push(seconds);
    clock.pass(1);
    return 0.1;
  };
  const batches = () => pipeline([batch, batch], (source) => source.pipe(tap(() => clock.pass(2))));
  const steps: TrainingStep[] = [];
  const afterEach = (): void => clock.pass(1000);
  await lastValueFrom(
    epochs(2, batches, { afterEach }).pipe(
      train(model, { optimizer: sgd({ learningRate }) }),
      tap((step) => steps.push(step)),
    ),
  );
  // A pipeline feeds one chunk at a time: 2 seconds before each batch, 1 in each step; the first of epoch 1 is told from
  // what afterEach did only when it is there, so its own 2 do not count.
  t.deepEqual(
    steps.map(({ seconds }) => seconds),
    [3, 6, 7, 10],
  );
  t.deepEqual(asked, [0, 3, 6, 7]);
  t.deepEqual(
    steps.map(({ tokensPerSecond }) => tokensPerSecond),
    [5 / 3, 5 / 3, 5, 5 / 3],
  );
  model.dispose();
});
