import test from 'ava';
import { mixtureOf } from '../../../src/decoding/mixtureOf.js';
import { InvalidArgumentError, NonFiniteError, SourceError } from '../../../src/errors.js';
import type { Batch, ContinuousBatch } from '../../../src/pipeline/Batch.js';
import { maskPadding } from '../../../src/pipeline/maskPadding.js';
import { padBatch } from '../../../src/pipeline/padBatch.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { random } from '../../../src/random.js';
import '../../support/backend.js';
import { evaluate } from '../../../src/training/evaluate.js';
import { fitWeights } from '../../../src/training/fitWeights.js';
import { isClose } from '../../support/closeness.js';
import { tokenizerOfSize } from '../../support/languageModels.js';
import { sequence } from '../../support/sequences.js';
import { type Table, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = tokenizerOfSize(5);
const [EOS, a, b] = [1, 3, 4];
const batchesOf = (...sequences: number[][]): AsyncIterable<Batch> => {
  const batch = sequences.map((ids) => sequence(...ids));
  return pipeline([batch], padBatch(), maskPadding());
};
const modelsOf = (...tables: Table[]) => tables.map((table) => new TablePredictor(tokenizer, table));

test('of two models that disagree, the weights are those by which the mixture gives what is there as often as it is', async (t) => {
  // EOS has 0.2 of both; of the rest, one model gives a 0.7 and b 0.1, the other 0.1 and 0.7.
  const models = modelsOf(
    () => [0, 0.2, 0, 0.7, 0.1],
    () => [0, 0.2, 0, 0.1, 0.7],
  );
  // Five a and three b: the mixture that gives a 5/8 of 0.8, 0.1 + 0.6 w = 0.5.
  const weights = await fitWeights(models, batchesOf([a, a, b, a, EOS], [b, a, EOS], [b, a, EOS]));
  isClose(t, weights, [2 / 3, 1 / 3], 1e-5);
  t.deepEqual(
    models.map(({ liveStates }) => liveStates),
    [0, 0],
  );
  // A model that is worse everywhere gets nothing.
  const worse = modelsOf(
    () => [0, 0.2, 0, 0.4, 0.4],
    () => [0.3, 0.1, 0, 0.3, 0.3],
  );
  isClose(t, await fitWeights(worse, batchesOf([a, b, EOS])), [1, 0], 1e-3);
  isClose(t, await fitWeights(worse.slice(0, 1), batchesOf([a, b, EOS])), [1], 0);
});

test('no other weights of three models make the loss lower, and what is padding counts nothing', async (t) => {
  const { uniform, integer } = random(1, 'tables');
  const tables = Array.from({ length: 3 }, (_, model): Table => {
    const rows = Array.from({ length: 5 }, (_, row) =>
      Array.from({ length: 5 }, (_, id) => 0.02 + uniform(25 * model + 5 * row + id) ** 2),
    );
    return (read) => {
      const row = rows[read.at(-1) ?? 0] ?? [];
      const sum = row.reduce((all, one) => all + one, 0);
      return row.map((one) => one / sum);
    };
  });
  const models = modelsOf(...tables);
  const text = Array.from({ length: 12 }, (_, row) => [
    ...Array.from({ length: 1 + (row % 5) }, (_, at) => 2 + integer(10 * row + at, 3)),
    EOS,
  ]);
  const weights = await fitWeights(models, batchesOf(...text));
  t.true(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-9);
  const lossOf = async (of: number[]) => (await evaluate(mixtureOf(models, of), batchesOf(...text))).natsPerToken;
  const found = await lossOf(weights);
  for (let i = 0; i <= 10; i++)
    for (let j = 0; i + j <= 10; j++)
      t.true((await lossOf([i / 10, j / 10, 1 - (i + j) / 10].map((one) => Math.max(0, one)))) > found - 1e-6);
});

test('of text that goes on, states are carried from batch to batch', async (t) => {
  // One model knows b behind two tokens alone, which a row has read in the second batch, not in the first.
  const models = modelsOf(
    (read) => (read.length > 2 ? [0, 0, 0, 0.1, 0.9] : [0, 0, 0, 0.9, 0.1]),
    () => [0, 0, 0, 0.5, 0.5],
  );
  const window = (id: number, before: number, begins: number): ContinuousBatch => ({
    ...{ ids: Int32Array.of(id), mask: Float32Array.of(1), lengths: Int32Array.of(1), size: 1, length: 1, tokens: 1 },
    ...{ before: Int32Array.of(before), begins: Uint8Array.of(begins) },
  });
  const batches = pipeline([window(a, EOS, 1), window(a, a, 0), window(b, a, 0)]);
  isClose(t, await fitWeights(models, batches), [1, 0], 1e-3);
  t.is(models[0]?.liveStates, 0);
});

test('no text, no model, other tokenizers, and a token that no model finds possible are refused', async (t) => {
  const [model] = modelsOf(() => [0, 0.5, 0, 0.5, 0]);
  if (!model) return t.fail();
  await t.throwsAsync(fitWeights([model], pipeline([])), { instanceOf: SourceError });
  await t.throwsAsync(fitWeights([], batchesOf([a, EOS])), { instanceOf: InvalidArgumentError });
  const other = new TablePredictor(tokenizerOfSize(6), () => [0, 1, 0, 0, 0, 0]);
  await t.throwsAsync(fitWeights([model, other], batchesOf([a, EOS])), { instanceOf: InvalidArgumentError });
  await t.throwsAsync(fitWeights([model, model], batchesOf([b, EOS])), { instanceOf: NonFiniteError });
  t.is(model.liveStates, 0);
});
