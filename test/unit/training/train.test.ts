import test, { type ExecutionContext, type ThrowsExpectation } from 'ava';
import { EMPTY, from, lastValueFrom, NEVER, type Observable, of, Subject, take, tap, throwError, toArray } from 'rxjs';
import { InvalidArgumentError, NonFiniteError } from '../../../src/errors.js';
import type { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { Batch, EpochBatch } from '../../../src/pipeline/Batch.js';
import { adam } from '../../../src/training/adam.js';
import type { Optimizer } from '../../../src/training/Optimizer.js';
import { sgd } from '../../../src/training/sgd.js';
import type { TrainingStep } from '../../../src/training/TrainingStep.js';
import { train } from '../../../src/training/train.js';
import { at, type ReferenceTensors, tensorOf } from '../../reference/arrays.js';
import { type ReferenceConfig, referenceLanguageModel } from '../../reference/languageModel.js';
import { referenceBatch } from '../../reference/weights.js';
import { isClose } from '../../support/closeness.js';
import { setWeight, smallModel, weightsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';

const config: ReferenceConfig = {
  cell: 'lstm',
  vocabularySize: 7,
  embeddingSize: 3,
  hiddenSize: 4,
  layers: 1,
  eosId: 1,
};
const batchOf = (seed: number): Batch => referenceBatch(config, [4, 2, 3], seed);
const numbered = (epoch: number, index: number, batch = batchOf(index)): EpochBatch => ({ ...batch, epoch, index });

/** Trains on batches, and gives all steps. */
function stepsOf(model: LanguageModel, batches: Batch[], options: { optimizer: Optimizer; clipNorm?: number }) {
  return lastValueFrom(from(batches).pipe(train(model, options), toArray()));
}

/** The Euclidean norm of all tensors together. */
function norm(tensors: ReferenceTensors): number {
  return Math.hypot(...Object.values(tensors).flatMap(({ data }) => [...data]));
}

/** What an update has added to weights. */
function change(before: ReferenceTensors, after: ReferenceTensors): ReferenceTensors {
  const difference = (name: string, { shape, data }: ReferenceTensors[string]) => ({
    shape,
    data: data.map((value, place) => value - at(tensorOf(before, name).data, place)),
  });
  return Object.fromEntries(Object.entries(after).map(([name, tensor]) => [name, difference(name, tensor)]));
}

// ── What a step reports ──

test('every step reports the loss and the gradient norm of the weights before it, as the reference has them', (t) => {
  const model = smallModel({ cell: 'lstm' });
  const batches = new Subject<Batch>();
  const steps: TrainingStep[] = [];
  const subscription = batches
    .pipe(train(model, { optimizer: sgd({ learningRate: 1 }) }))
    .subscribe((step) => steps.push(step));
  for (let index = 0; index < 5; index++) {
    const { loss, gradients } = referenceLanguageModel(config, weightsOf(model), batchOf(index));
    batches.next(batchOf(index));
    isClose(t, [steps[index]?.loss ?? NaN], [loss], 1e-5);
    isClose(t, [steps[index]?.gradientNorm ?? NaN], [norm(gradients)], 1e-5);
  }
  subscription.unsubscribe();
  model.dispose();
});

test('the gradient norm is reported before clipping', async (t) => {
  const [free, clipped] = [smallModel({ cell: 'lstm' }), smallModel({ cell: 'lstm' })];
  const [a] = await stepsOf(free, [batchOf(0)], { optimizer: sgd() });
  const [b] = await stepsOf(clipped, [batchOf(0)], { optimizer: sgd(), clipNorm: 1e-3 });
  t.is(b?.gradientNorm, a?.gradientNorm);
  free.dispose();
  clipped.dispose();
});

test('a step tells tokens and padding, and the rate that the schedule gave', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const learningRate = ({ step }: { step: number }): number => 0.1 / (step + 1);
  const steps = await stepsOf(model, [batchOf(0), referenceBatch(config, [5])], { optimizer: sgd({ learningRate }) });
  t.deepEqual(
    steps.map(({ tokens, paddedPlaces, learningRate }) => ({ tokens, paddedPlaces, learningRate })),
    [
      { tokens: 9, paddedPlaces: 3, learningRate: 0.1 },
      { tokens: 5, paddedPlaces: 0, learningRate: 0.05 },
    ],
  );
  model.dispose();
});

test('steps are counted; epoch and index are those of the batch', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const batches = [numbered(0, 0), numbered(0, 1), numbered(1, 0)];
  const steps = await stepsOf(model, batches, { optimizer: sgd() });
  t.deepEqual(
    steps.map(({ step, epoch, index }) => [step, epoch, index]),
    [
      [0, 0, 0],
      [1, 0, 1],
      [2, 1, 0],
    ],
  );
  model.dispose();
});

test('batches that were not numbered are those of epoch 0', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const steps = await stepsOf(model, [batchOf(0), batchOf(1)], { optimizer: sgd() });
  t.deepEqual(
    steps.map(({ step, epoch, index }) => [step, epoch, index]),
    [
      [0, 0, 0],
      [1, 0, 1],
    ],
  );
  model.dispose();
});

test('seconds grow, and are those that the tokens per second say', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const steps = await stepsOf(model, [batchOf(0), batchOf(1), batchOf(2)], { optimizer: sgd() });
  let total = 0;
  for (const { tokens, tokensPerSecond, seconds } of steps) {
    const spent = tokens / tokensPerSecond;
    t.true(spent > 0);
    total += spent;
    isClose(t, [seconds], [total], 1e-9);
  }
  model.dispose();
});

test('tokens that a mask leaves out do not count', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const whole = batchOf(0);
  const half: Batch = { ...whole, mask: whole.mask.map((kept, place) => (place < whole.size ? 0 : kept)) };
  const expected = referenceLanguageModel(config, weightsOf(model), half);
  const [step] = await stepsOf(model, [half], { optimizer: sgd() });
  t.like(step, { tokens: 6, paddedPlaces: 3 });
  isClose(t, [step?.loss ?? NaN], [expected.loss], 1e-5);
  model.dispose();
});

// ── What a step does ──

for (const cell of ['rnn', 'lstm', 'gru'] as const)
  test(`${cell}: the loss falls on a corpus that repeats itself`, async (t) => {
    const model = smallModel({ cell, hiddenSize: 8 });
    const batch = referenceBatch(config, [5, 5]);
    const steps = await stepsOf(model, Array<Batch>(80).fill(batch), { optimizer: adam({ learningRate: 0.05 }) });
    t.true(at(steps, 79).loss < 0.1 * at(steps, 0).loss, `from ${at(steps, 0).loss} to ${at(steps, 79).loss}`);
    model.dispose();
  });

test('a step changes every weight', async (t) => {
  const model = smallModel({ cell: 'gruResetAfter', bias: true, layers: 2, initialState: 'learned' });
  const before = weightsOf(model);
  await stepsOf(model, [batchOf(0)], { optimizer: sgd() });
  for (const [name, tensor] of Object.entries(change(before, weightsOf(model)))) t.true(norm({ tensor }) > 0, name);
  model.dispose();
});

test('clipping bounds the update: at rate 1, sgd goes as far as clipNorm, in the same direction', async (t) => {
  const [free, clipped] = [smallModel({ cell: 'lstm' }), smallModel({ cell: 'lstm' })];
  const before = weightsOf(free);
  const optimizer = sgd({ learningRate: 1 });
  await stepsOf(free, [batchOf(0)], { optimizer });
  await stepsOf(clipped, [batchOf(0)], { optimizer, clipNorm: 0.01 });
  const [whole, short] = [change(before, weightsOf(free)), change(before, weightsOf(clipped))];
  isClose(t, [norm(short)], [0.01], 1e-4);
  const scale = 0.01 / norm(whole);
  for (const [name, { data }] of Object.entries(whole))
    isClose(
      t,
      tensorOf(short, name).data,
      data.map((value) => value * scale),
      1e-3,
      name,
    );
  free.dispose();
  clipped.dispose();
});

test('gradients below clipNorm are left as they are', async (t) => {
  const [free, clipped] = [smallModel({ cell: 'lstm' }), smallModel({ cell: 'lstm' })];
  await stepsOf(free, [batchOf(0)], { optimizer: sgd() });
  await stepsOf(clipped, [batchOf(0)], { optimizer: sgd(), clipNorm: 1000 });
  t.deepEqual(weightsOf(clipped), weightsOf(free));
  free.dispose();
  clipped.dispose();
});

test('at rate 0, the weights keep every bit', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const before = weightsOf(model);
  await stepsOf(model, [batchOf(0), batchOf(1)], { optimizer: adam({ learningRate: 0 }) });
  t.deepEqual(weightsOf(model), before);
  model.dispose();
});

// ── Determinism ──

/** What a training of its own gives: losses and weights. */
async function training(options: { seed?: number; dropout?: number }, epochs = [0, 1]) {
  const model = smallModel({ cell: 'lstm', layers: 2, ...options });
  const batches = epochs.flatMap((epoch) => [numbered(epoch, 0), numbered(epoch, 1)]);
  const steps = await stepsOf(model, batches, { optimizer: adam({ learningRate: 0.01 }), clipNorm: 1 });
  const result = { losses: steps.map(({ loss }) => loss), weights: weightsOf(model) };
  model.dispose();
  return result;
}

test('the same seed gives the same bits, with dropout too', async (t) => {
  t.deepEqual(await training({ seed: 3, dropout: 0.5 }), await training({ seed: 3, dropout: 0.5 }));
});

test('another seed gives other numbers', async (t) => {
  const [one, other] = [await training({ seed: 3 }), await training({ seed: 4 })];
  t.true(one.losses.every((loss, step) => loss !== other.losses[step]));
});

test('the same batch drops other units in another epoch', async (t) => {
  const model = smallModel({ cell: 'lstm', dropout: 0.5 });
  const batches = [numbered(0, 0), numbered(1, 0), numbered(1, 1, batchOf(0)), numbered(0, 0)];
  const [first, nextEpoch, nextIndex, again] = (
    await stepsOf(model, batches, { optimizer: sgd({ learningRate: 0 }) })
  ).map(({ loss }) => loss);
  t.is(again, first);
  t.is(new Set([first, nextEpoch, nextIndex]).size, 3);
  model.dispose();
});

test('a second subscription begins with new slots and at step 0', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const steps = of(batchOf(0), batchOf(1)).pipe(train(model, { optimizer: adam() }));
  const before = weightsOf(model);
  await lastValueFrom(steps);
  const after = weightsOf(model);
  for (const [name, { data }] of Object.entries(before)) setWeight(model, name, data);
  const [first] = await lastValueFrom(steps.pipe(toArray()));
  t.is(first?.step, 0);
  t.deepEqual(weightsOf(model), after);
  model.dispose();
});

// ── A stream ──

test('a step is emitted while its batch is handed in', (t) => {
  const model = smallModel({ cell: 'lstm' });
  const batches = new Subject<Batch>();
  let steps = 0;
  const subscription = batches.pipe(train(model, { optimizer: sgd() })).subscribe(() => steps++);
  for (let index = 0; index < 3; index++) {
    t.is(steps, index);
    batches.next(batchOf(index));
  }
  t.is(steps, 3);
  subscription.unsubscribe();
  model.dispose();
});

test('no batch, no step: the end is passed on', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  t.deepEqual(await lastValueFrom(EMPTY.pipe(train(model, { optimizer: sgd() }), toArray())), []);
  model.dispose();
});

test("the source's error is passed on", async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const error = new Error('the source failed');
  const steps = throwError(() => error).pipe(train(model, { optimizer: sgd() }));
  t.is(await t.throwsAsync(lastValueFrom(steps)), error);
  model.dispose();
});

test('what nobody takes is not trained on, even when the source does not wait', async (t) => {
  const [model, other] = [smallModel({ cell: 'lstm' }), smallModel({ cell: 'lstm' })];
  await lastValueFrom(of(batchOf(0), batchOf(1), batchOf(2)).pipe(train(model, { optimizer: sgd() }), take(1)));
  await stepsOf(other, [batchOf(0)], { optimizer: sgd() });
  t.deepEqual(weightsOf(model), weightsOf(other));
  model.dispose();
  other.dispose();
});

// ── Errors ──

/** Checks that training stops with an error at the second of three batches, and that only the first was learnt. */
async function stopsAt(
  t: ExecutionContext,
  second: Batch,
  expected: ThrowsExpectation<Error>,
  optimizer = sgd(),
): Promise<void> {
  const [model, other] = [smallModel({ cell: 'lstm' }), smallModel({ cell: 'lstm' })];
  const steps: number[] = [];
  const batches = of(numbered(0, 0), { ...second, epoch: 0, index: 1 }, numbered(0, 2));
  const training = batches.pipe(
    train(model, { optimizer }),
    tap(({ step }) => steps.push(step)),
  );
  await t.throwsAsync(lastValueFrom(training), expected);
  t.deepEqual(steps, [0]);
  await stepsOf(other, [numbered(0, 0)], { optimizer });
  t.deepEqual(weightsOf(model), weightsOf(other));
  model.dispose();
  other.dispose();
}

test('a batch of another vocabulary is an InvalidArgumentError, and nothing is learnt from it or after it', (t) =>
  stopsAt(
    t,
    { ...batchOf(1), ids: batchOf(1).ids.fill(7) },
    {
      instanceOf: InvalidArgumentError,
      message:
        "Expected ids from 0 to 6, got 7 at time step 0 of sequence 0. Was the batch made with the model's tokenizer?",
    },
  ));

test('a batch without tokens is an InvalidArgumentError, and nothing is learnt from it or after it', (t) =>
  stopsAt(
    t,
    { ...batchOf(1), mask: batchOf(1).mask.fill(0), tokens: 0 },
    { instanceOf: InvalidArgumentError, message: 'Expected tokens in batch 1 of epoch 0, got none' },
  ));

test('a learning rate that is not a number is an InvalidArgumentError, and nothing is learnt with it or after it', (t) =>
  stopsAt(
    t,
    batchOf(1),
    {
      instanceOf: InvalidArgumentError,
      message: "Expected the schedule's learning rate at step 1 to be a number of at least 0, got NaN (number)",
    },
    sgd({ learningRate: ({ step }) => (step === 0 ? 0.1 : NaN) }),
  ));

test('when a learning rate is too high, the NonFiniteError tells where, and the weights keep every bit', (t) =>
  stopsAt(
    t,
    referenceBatch(config, [9, 9, 9, 9]),
    {
      instanceOf: NonFiniteError,
      message: /^Expected a finite loss at batch 1 of epoch 0, got (Infinity|NaN)\. The weights/,
    },
    sgd({ learningRate: 1e38 }),
  ));

for (const value of [NaN, Infinity])
  test(`a weight of ${value} is a NonFiniteError, and the weights keep every bit`, async (t) => {
    const model = smallModel({ cell: 'lstm' });
    setWeight(model, 'projectionBias', [0, 0, 0, value, 0, 0, 0]);
    const before = weightsOf(model);
    await t.throwsAsync(stepsOf(model, [batchOf(0)], { optimizer: adam() }), {
      instanceOf: NonFiniteError,
      message: /^Expected a finite loss at batch 0 of epoch 0, got NaN\. The weights are those before this batch/,
    });
    t.deepEqual(weightsOf(model), before);
    model.dispose();
  });

for (const clipNorm of [0, -1, NaN, Infinity])
  test(`a clipNorm of ${clipNorm} is an InvalidArgumentError at once`, (t) => {
    const model = smallModel({ cell: 'lstm' });
    t.throws(() => train(model, { optimizer: sgd(), clipNorm }), {
      instanceOf: InvalidArgumentError,
      message: `Expected clipNorm to be a number above 0, got ${clipNorm} (number)`,
    });
    model.dispose();
  });

// ── Memory ──

const bad: Batch = { ...batchOf(0), ids: batchOf(0).ids.fill(9) };

const endings: [string, (steps: (source: Observable<Batch>) => Observable<TrainingStep>) => unknown][] = [
  ['ended', (steps) => lastValueFrom(steps(of(batchOf(0), batchOf(1))))],
  ['failed at a batch', (steps) => lastValueFrom(steps(of(batchOf(0), bad))).catch(() => undefined)],
  ['failed with its source', (steps) => lastValueFrom(steps(throwError(() => new Error()))).catch(() => undefined)],
  ['was cut short by its consumer', (steps) => lastValueFrom(steps(of(batchOf(0), batchOf(1))).pipe(take(1)))],
  ['was unsubscribed from before the first batch', (steps) => steps(NEVER).subscribe().unsubscribe()],
  [
    'was unsubscribed from in the middle',
    (steps) => {
      const batches = new Subject<Batch>();
      const subscription = steps(batches).subscribe();
      batches.next(batchOf(0));
      subscription.unsubscribe();
    },
  ],
];

for (const [how, run] of endings)
  test.serial(`a training that ${how} leaves nothing behind`, async (t) => {
    const model = smallModel({ cell: 'lstm', layers: 2, dropout: 0.5 });
    t.deepEqual(await leftBehind(() => run(train(model, { optimizer: adam(), clipNorm: 1 }))), nothing);
    model.dispose();
  });

test.serial('the number of tensors does not grow from step to step', async (t) => {
  const model = smallModel({ cell: 'gru', dropout: 0.5 });
  const batches = new Subject<Batch>();
  const subscription = batches.pipe(train(model, { optimizer: adam() })).subscribe();
  batches.next(batchOf(0));
  t.deepEqual(await leftBehind(() => batches.next(batchOf(1))), nothing);
  subscription.unsubscribe();
  model.dispose();
});
