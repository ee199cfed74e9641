import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import type { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { RecurrentState } from '../../../src/model/RecurrentState.js';
import type { ContinuousBatch } from '../../../src/pipeline/Batch.js';
import { batchWindows, type WindowOptions } from '../../../src/pipeline/batchWindows.js';
import { epochs } from '../../../src/pipeline/epochs.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { random } from '../../../src/random.js';
import { tf } from '../../../src/tf.js';
import { evaluate } from '../../../src/training/evaluate.js';
import { RowStates } from '../../../src/training/RowStates.js';
import { sgd } from '../../../src/training/sgd.js';
import { Trainer } from '../../../src/training/Trainer.js';
import type { TrainOptions } from '../../../src/training/TrainOptions.js';
import { isClose } from '../../support/closeness.js';
import { collect } from '../../support/collect.js';
import { smallModel, weightsOf } from '../../support/languageModels.js';
import { textIds } from '../../support/sequences.js';
import { smallBatches } from '../../support/trainingSteps.js';

// Serial, for workers take a core each, and tensors are counted.

const tokenizer = { eosId: 1 };
const { integer } = random(1, 'text');
const TEXT = Array.from({ length: 211 }, (_, at) => 3 + integer(at, 4));
const WINDOWS = { size: 3, length: 8, run: 50 };
const optimizer = sgd({ learningRate: 0.5 });

const batchesOf = (options: WindowOptions): Promise<ContinuousBatch[]> =>
  collect(pipeline([textIds(...TEXT)], batchWindows(tokenizer, options)));

/** The losses of a training on batches, and the weights behind it. */
function trained(batches: readonly ContinuousBatch[], options: Partial<TrainOptions> = {}) {
  const model = smallModel({ cell: 'lstm', layers: 2, initialState: 'learned', dropout: 0.2 });
  const trainer = new Trainer(model, { optimizer, clipNorm: 1, carryState: true, ...options });
  const losses = batches.map((batch) => trainer.step(batch).loss);
  trainer.dispose();
  const weights = weightsOf(model);
  model.dispose();
  return { losses, weights };
}

/** The mean loss of a batch, gone on from a state, and the state behind it. */
function lossOf(model: LanguageModel, batch: ContinuousBatch, state: RecurrentState | undefined) {
  const made = model.lossAndState(batch, { state });
  const [nats = NaN] = made.loss.dataSync();
  made.loss.dispose();
  return { loss: nats / batch.mask.reduce((sum, one) => sum + one, 0), state: made.state };
}

test.serial('each step has the loss of its batch gone on from the state behind the one before', async (t) => {
  const model = smallModel({ cell: 'gru', layers: 2, initialState: 'learned' });
  const before = tf.memory().numTensors;
  const trainer = new Trainer(model, { optimizer, carryState: true });
  let state: RecurrentState | undefined;
  for (const batch of await batchesOf(WINDOWS)) {
    const expected = lossOf(model, batch, state);
    isClose(t, [trainer.step(batch).loss], [expected.loss], 1e-6);
    state = expected.state;
    t.deepEqual(trainer.state().carried?.state, state);
  }
  trainer.dispose();
  t.is(tf.memory().numTensors, before);
  model.dispose();
});

test.serial('what a step is inspected by went on from the state, too', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const trainer = new Trainer(model, { optimizer, carryState: true });
  const [first, second] = (await batchesOf(WINDOWS)) as [ContinuousBatch, ContinuousBatch];
  trainer.step(first);
  const state = trainer.state().carried?.state;
  const expected = model.gates(second, { state }).map(({ hidden }) => [...(hidden?.dataSync() ?? [])]);
  const step = trainer.step(second);
  const got = step
    .inspect()
    .gates()
    .map(({ hidden }) => [...(hidden?.dataSync() ?? [])]);
  t.deepEqual(got, expected);
  trainer.dispose();
  model.dispose();
});

test.serial('two workers learn what one learns, padding at the end and dropout included', async (t) => {
  const batches = await batchesOf({ ...WINDOWS, seed: 3 });
  const [one, two] = [trained(batches), trained(batches, { workers: 2 })];
  isClose(t, two.losses, one.losses, 1e-5);
  for (const [name, { data }] of Object.entries(one.weights))
    isClose(t, two.weights[name]?.data ?? [], data, 1e-4, name);
  t.deepEqual(trained(batches, { workers: 2 }), two);
});

test.serial('batches that do not continue each other are refused, and the weights stay', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  const trainer = new Trainer(model, { optimizer, carryState: true });
  const batches = await batchesOf(WINDOWS);
  const [first, second, third] = batches as [ContinuousBatch, ContinuousBatch, ContinuousBatch];
  const refused = { instanceOf: InvalidArgumentError };
  t.throws(() => trainer.step(smallBatches(1)[0] as ContinuousBatch), { ...refused, message: /goes on/ });
  t.throws(() => trainer.step(second), { ...refused, message: /continue/ });
  trainer.step(first);
  const weights = weightsOf(model);
  const elsewhere = { ...third, before: third.before.map((id) => (id === 3 ? 4 : 3)) };
  t.throws(() => trainer.step(elsewhere), { ...refused, message: /continue/ });
  const narrow = (await batchesOf({ ...WINDOWS, size: 2 }))[1] as ContinuousBatch;
  t.throws(() => trainer.step(narrow), { ...refused, message: /continue/ });
  t.deepEqual(weightsOf(model), weights);
  trainer.step(second);
  // Every row begins: that goes on from anything.
  trainer.step(first);
  const state = trainer.state();
  t.throws(() => new Trainer(model, { optimizer, resumeFrom: state }), { ...refused, message: /carryState/ });
  trainer.dispose();
  model.dispose();
});

test.serial('batches that go on are refused without carryState, and leave the weights as they were', async (t) => {
  const [first, second] = (await batchesOf(WINDOWS)) as [ContinuousBatch, ContinuousBatch];
  const model = smallModel({ cell: 'lstm' });
  using trainer = new Trainer(model, { optimizer });
  trainer.step(first);
  const weights = weightsOf(model);
  t.throws(() => trainer.step(second), { instanceOf: InvalidArgumentError, message: /^Expected carryState/ });
  t.deepEqual(weightsOf(model), weights);
  // Where every row begins, there is nothing to carry.
  t.notThrows(() => trainer.step(first));
  model.dispose();
});

test('a row that ended within a batch cannot go on, but may stay empty', (t) => {
  const rows = new RowStates();
  const state = { rows: 2, layers: [] };
  const batch = (lengths: number[], before: number[], begins: number[]): ContinuousBatch => ({
    ...{ ids: Int32Array.of(3, 4, 5, 0), mask: Float32Array.of(1, 1, 1, 0), size: 2, length: 2, tokens: 3 },
    ...{ lengths: Int32Array.from(lengths), before: Int32Array.from(before), begins: Uint8Array.from(begins) },
  });
  t.is(rows.before(batch([2, 1], [1, 1], [1, 1])), undefined);
  rows.after(batch([2, 1], [1, 1], [1, 1]), state);
  t.is(rows.before(batch([2, 0], [5, 4], [0, 0])), state);
  t.is(rows.before(batch([2, 1], [5, 1], [0, 1])), state);
  t.throws(() => rows.before(batch([2, 1], [5, 4], [0, 0])), { instanceOf: InvalidArgumentError, message: /ended/ });
});

test.serial('each epoch begins anew, with other windows', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  const trainer = new Trainer(model, { optimizer, carryState: true });
  const windows = (seed: number) => pipeline([textIds(...TEXT)], batchWindows(tokenizer, { ...WINDOWS, seed }));
  const firsts: number[][] = [];
  for await (const batch of epochs(2, windows)) {
    trainer.step(batch);
    if (batch.index === 0) firsts.push([...batch.ids]);
  }
  t.notDeepEqual(firsts[0], firsts[1]);
  trainer.dispose();
  model.dispose();
});

// ── evaluate ──

const characters = { ...tokenizer, characterCount: (ids: ArrayLike<number>) => ids.length };

test.serial('evaluate carries the state over all windows of a row', async (t) => {
  const model = smallModel({ cell: 'lstm', layers: 2 });
  const one = { size: 1, run: Infinity };
  const before = tf.memory().numTensors;
  const [whole] = (await batchesOf({ ...one, length: 1000 })) as [ContinuousBatch];
  const { loss } = lossOf(model, whole, undefined);
  for (const length of [1, 10, 100]) {
    const evaluation = await evaluate(
      model,
      pipeline([textIds(...TEXT)], batchWindows(characters, { ...one, length })),
    );
    isClose(t, [evaluation.natsPerToken], [loss], 1e-5, String(length));
    t.like(evaluation, { tokens: TEXT.length, sentences: 1 });
    isClose(t, [evaluation.bitsPerCharacter], [loss / Math.LN2], 1e-5);
  }
  t.is(tf.memory().numTensors, before);
  model.dispose();
});

test.serial('rows that warm up count each token once, and come near the loss of one row', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const evaluated = (options: WindowOptions) =>
    evaluate(model, pipeline([textIds(...TEXT)], batchWindows(tokenizer, options)));
  const one = await evaluated({ size: 1, length: 50, run: Infinity });
  const warm = await evaluated({ size: 4, length: 10, warmUp: 30 });
  t.is(warm.tokens, one.tokens);
  isClose(t, [warm.bitsPerCharacter], [warm.natsPerToken / Math.LN2], 1e-6);
  // Each row reads all that comes before it: the same states, so the same loss.
  const all = await evaluated({ size: 4, length: 10, warmUp: 1000 });
  isClose(t, [all.natsPerToken], [one.natsPerToken], 1e-5);
  isClose(t, [warm.natsPerToken], [one.natsPerToken], 1e-3);
  model.dispose();
});
