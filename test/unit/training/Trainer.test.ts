import type { Variable } from '@tensorflow/tfjs';
import test from 'ava';
import { from, lastValueFrom, toArray } from 'rxjs';
import { InspectionError, InvalidArgumentError, NonFiniteError } from '../../../src/errors.js';
import type { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { Batch, EpochBatch } from '../../../src/pipeline/Batch.js';
import { epochs } from '../../../src/pipeline/epochs.js';
import { tf } from '../../../src/tf.js';
import { adam } from '../../../src/training/adam.js';
import { sgd } from '../../../src/training/sgd.js';
import { Trainer } from '../../../src/training/Trainer.js';
import type { TrainingState } from '../../../src/training/TrainingState.js';
import type { TrainingStep } from '../../../src/training/TrainingStep.js';
import type { TrainOptions } from '../../../src/training/TrainOptions.js';
import { train } from '../../../src/training/train.js';
import { referenceBatch } from '../../reference/weights.js';
import { smallModel, weightsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';

const config = { cell: 'lstm', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 } as const;
const BATCHES = 3;
const batchOf = (seed: number): Batch => referenceBatch(config, [4, 2, 3], seed);
const numbered = (epoch: number, index: number): EpochBatch => ({ ...batchOf(10 * epoch + index), epoch, index });

async function* batches(epoch: number): AsyncGenerator<Batch> {
  for (let index = 0; index < BATCHES; index++) yield numbered(epoch, index);
}

/** Makes the steps of batches, without RxJS. */
function made(model: LanguageModel, given: readonly (Batch | EpochBatch)[], options: Partial<TrainOptions> = {}) {
  using trainer = new Trainer(model, { optimizer: adam({ learningRate: 0.1 }), clipNorm: 1, ...options });
  const steps = given.map((batch) => trainer.step(batch));
  return { steps, state: trainer.state() };
}

const numbersOf = ({ epoch, index, step, loss, gradientNorm, clippedNorm, learningRate, tokens }: TrainingStep) => ({
  ...{ epoch, index, step, loss, gradientNorm, clippedNorm, learningRate, tokens },
});

/** The state after so many steps of an epoch of three batches. */
function stateAfter(steps: number): TrainingState {
  const model = smallModel({ cell: 'lstm' });
  const places = Array.from({ length: steps }, (_, step) => numbered(Math.floor(step / BATCHES), step % BATCHES));
  const { state } = made(model, places);
  model.dispose();
  return state;
}

test.serial('its steps and weights are those of train', async (t) => {
  const [one, other] = [smallModel({ cell: 'lstm', dropout: 0.3 }), smallModel({ cell: 'lstm', dropout: 0.3 })];
  const given = [numbered(0, 0), numbered(0, 1), numbered(1, 0)];
  const training = train(other, { optimizer: adam({ learningRate: 0.1 }), clipNorm: 1 });
  const expected = await lastValueFrom(from(given).pipe(training, toArray()));
  t.deepEqual(made(one, given).steps.map(numbersOf), expected.map(numbersOf));
  t.deepEqual(weightsOf(one), weightsOf(other));
  one.dispose();
  other.dispose();
});

test.serial('from the state after any step, it ends with the same weights', async (t) => {
  const whole = smallModel({ cell: 'lstm' });
  const all = [0, 1].flatMap((epoch) => [0, 1, 2].map((index) => numbered(epoch, index)));
  made(whole, all);
  for (const count of [1, 3, 5]) {
    const [model, resumed] = [smallModel({ cell: 'lstm' }), smallModel({ cell: 'lstm', seed: 9 })];
    const { state } = made(model, all.slice(0, count));
    t.is(state.steps, count);
    const rest: EpochBatch[] = [];
    for await (const batch of epochs(2, batches, { resumeAt: state.resumeAt })) rest.push(batch);
    made(resumed, rest, { resumeFrom: state });
    t.deepEqual(weightsOf(resumed), weightsOf(whole));
    model.dispose();
    resumed.dispose();
  }
  whole.dispose();
});

test.serial('the state before the first step is that it began with', (t) => {
  const model = smallModel({ cell: 'lstm' });
  const state = stateAfter(2);
  t.deepEqual(made(model, [], { resumeFrom: state }).state, state);
  t.like(made(model, []).state, { resumeAt: { epoch: 0, index: 0 }, steps: 0, seconds: 0 });
  model.dispose();
});

test.serial(
  'a step can be inspected until the next one, release or the end; its state be asked for until the next one or the end',
  (t) => {
    const model = smallModel({ cell: 'lstm' });
    const trainer = new Trainer(model, { optimizer: sgd() });
    const [first, second] = [trainer.step(numbered(0, 0)), trainer.step(numbered(0, 1))] as const;
    t.throws(() => first.inspect(), { instanceOf: InspectionError });
    t.throws(() => first.state(), { instanceOf: InspectionError });
    t.is(second.inspect().batch.size, 3);
    t.is(second.state().steps, 2);
    trainer.release();
    t.throws(() => second.inspect(), { instanceOf: InspectionError });
    t.is(second.state().steps, 2);
    trainer.dispose();
    for (const state of [second.state, () => trainer.state()]) t.throws(state, { instanceOf: InspectionError });
    t.throws(() => trainer.step(numbered(0, 2)), { instanceOf: InvalidArgumentError });
    model.dispose();
  },
);

test.serial('a batch that is refused changes nothing, and the training may go on with another', (t) => {
  const [model, other] = [smallModel({ cell: 'lstm' }), smallModel({ cell: 'lstm' })];
  using trainer = new Trainer(model, { optimizer: adam({ learningRate: 0.1 }), clipNorm: 1 });
  trainer.step(numbered(0, 0));
  const embedding = model.weights['embedding'] as Variable;
  const before = embedding.clone();
  embedding.assign(tf.fill(embedding.shape, Infinity));
  t.throws(() => trainer.step(numbered(0, 1)), { instanceOf: NonFiniteError });
  embedding.assign(before);
  before.dispose();
  t.throws(() => trainer.step({ ...numbered(0, 1), ids: new Int32Array(12).fill(7) }), {
    instanceOf: InvalidArgumentError,
  });
  t.is(trainer.step(numbered(0, 2)).step, 1);
  made(other, [numbered(0, 0), numbered(0, 2)]);
  t.deepEqual(weightsOf(model), weightsOf(other));
  model.dispose();
  other.dispose();
});

test.serial('time that is skipped does not count', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  using trainer = new Trainer(model, { optimizer: sgd() });
  const { seconds: before } = trainer.step(numbered(0, 0));
  const from = performance.now();
  while (performance.now() - from < 200);
  trainer.skipPause();
  const began = performance.now();
  const { seconds } = trainer.step(numbered(0, 1));
  t.true(seconds - before <= (performance.now() - began) / 1000 + 0.001);
  model.dispose();
});

// ── Batches that do not follow ──

const REFUSED: [string, steps: number, Batch | EpochBatch][] = [
  ['resumeAt alone', 0, numbered(0, 1)],
  ['resumeAt alone, of the end of an epoch', 0, numbered(1, 0)],
  ['resumeFrom alone', 2, numbered(0, 0)],
  ['resumeFrom alone, of the end of an epoch', 3, numbered(0, 0)],
  ['resumeFrom alone, with batches that nothing numbers', 4, batchOf(0)],
  ['the batch before', 2, numbered(0, 1)],
  ['the batch after', 1, numbered(0, 2)],
  ['the epoch after the next one', 3, numbered(2, 0)],
];

for (const [what, count, batch] of REFUSED)
  test.serial(`${what} is an InvalidArgumentError at the first batch, and the weights stay`, async (t) => {
    const resumeFrom = count === 0 ? undefined : stateAfter(count);
    const model = smallModel({ cell: 'lstm' });
    using trainer = new Trainer(model, { optimizer: adam(), resumeFrom });
    const before = weightsOf(model);
    const error = t.throws(() => trainer.step(batch), { instanceOf: InvalidArgumentError });
    t.deepEqual(error?.options, ['resumeFrom', 'resumeAt']);
    await t.throwsAsync(lastValueFrom(from([batch]).pipe(train(model, { optimizer: adam(), resumeFrom }))), {
      instanceOf: InvalidArgumentError,
      message: error?.message ?? '',
    });
    t.deepEqual(weightsOf(model), before);
    model.dispose();
  });

test('a place that does not count is an InvalidArgumentError, whatever it is, and the weights stay', (t) => {
  const model = smallModel({ cell: 'lstm' });
  using trainer = new Trainer(model, { optimizer: adam() });
  const before = weightsOf(model);
  for (const place of [-1, 0.5, Number.NaN, '0', undefined, Object.create(null)])
    for (const name of ['epoch', 'index'])
      t.throws(() => trainer.step({ ...numbered(0, 0), [name]: place } as EpochBatch), {
        instanceOf: InvalidArgumentError,
      });
  t.deepEqual(weightsOf(model), before);
  model.dispose();
});

test('the error says what was expected and what came', (t) => {
  const model = smallModel({ cell: 'lstm' });
  using trainer = new Trainer(model, { optimizer: adam(), resumeFrom: stateAfter(2) });
  t.throws(() => trainer.step(numbered(0, 0)), {
    message: /^Expected batch 2 of epoch 0, where the state .*, got batch 0 of epoch 0: /,
  });
  model.dispose();
});

// ── Memory ──

test.serial('nothing is left, however it ends', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const options = { optimizer: adam() };
  const ends: (() => void)[] = [
    () => new Trainer(model, options).dispose(),
    () => {
      const trainer = new Trainer(model, options);
      trainer.step(numbered(0, 0)).inspect().gates();
      trainer.dispose();
      trainer.dispose();
    },
    () => {
      using trainer = new Trainer(model, options);
      for (let index = 0; index < 3; index++) trainer.step(numbered(0, index)).inspect().gates();
    },
    () => {
      using trainer = new Trainer(model, options);
      t.throws(() => trainer.step(numbered(5, 5)));
    },
  ];
  for (const end of ends) t.deepEqual(await leftBehind(async () => end()), nothing);
  model.dispose();
});
