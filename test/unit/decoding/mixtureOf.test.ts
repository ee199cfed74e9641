import test from 'ava';
import '../../support/backend.js';
import { mixtureOf } from '../../../src/decoding/mixtureOf.js';
import { score } from '../../../src/decoding/score.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { ngramModel } from '../../../src/ngrams/ngramModel.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { evaluate } from '../../../src/training/evaluate.js';
import { referenceBatch } from '../../reference/weights.js';
import { isClose } from '../../support/closeness.js';
import { smallModel, tokenizerOfSize } from '../../support/languageModels.js';
import { TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = tokenizerOfSize(4);
const [one, other] = [
  [0.1, 0.2, 0.3, 0.4],
  [0.5, 0, 0.3, 0.2],
] as const;

test('probabilities are the weighted mean of those of the models', async (t) => {
  const members = [new TablePredictor(tokenizer, () => one), new TablePredictor(tokenizer, () => other)];
  for (const [weights, expected] of [
    [
      [0.75, 0.25],
      [0.2, 0.15, 0.3, 0.35],
    ],
    [[1, 0], one],
    [[0, 1], other],
  ] as const) {
    const mixture = mixtureOf(members, weights);
    const { logProbabilities, state } = await mixture.next(undefined, Int32Array.of(-1), Int32Array.of(1));
    isClose(t, logProbabilities.map(Math.exp), expected, 1e-6);
    mixture.free(state);
  }
  t.deepEqual(
    members.map(({ liveStates }) => liveStates),
    [0, 0],
  );
});

test('what is all but impossible for the model that has the weight stays as improbable as it is', async (t) => {
  const members = [
    new TablePredictor(tokenizer, () => [1e-300, 1, 0, 0]),
    new TablePredictor(tokenizer, () => [1, 0, 0, 0]),
  ];
  const { logProbabilities } = await mixtureOf(members, [1, 0]).next(undefined, Int32Array.of(-1), Int32Array.of(1));
  isClose(t, [logProbabilities[0] ?? NaN], [Math.log(1e-300)], 1e-3);
});

test('models of different kinds are mixed: a recurrent one, and one that counts', async (t) => {
  const shape = { cell: 'lstm', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 } as const;
  const batches = [referenceBatch(shape, [5, 3], 1)];
  const model = smallModel({ cell: 'lstm' });
  const counted = await ngramModel(model.tokenizer, [referenceBatch(shape, [6, 4], 2)], { order: 3 });
  const mixture = mixtureOf([model, counted], [0.25, 0.75]);
  const [own, of] = [await score(model, 'abc'), await score(counted, 'abc')];
  isClose(
    t,
    (await score(mixture, 'abc')).tokens.map(({ logProbability }) => Math.exp(logProbability)),
    own.tokens.map(
      ({ logProbability }, at) =>
        0.25 * Math.exp(logProbability) + 0.75 * Math.exp(of.tokens[at]?.logProbability ?? NaN),
    ),
    1e-6,
  );
  t.true(Number.isFinite((await evaluate(mixture, pipeline(batches))).natsPerToken));
  model.dispose();
});

test('weights that are not one a model, not numbers of at least 0, or whose sum is not 1, are refused', (t) => {
  const members = [new TablePredictor(tokenizer, () => one), new TablePredictor(tokenizer, () => other)];
  for (const weights of [[1], [0.5, 0.5, 0], [1.5, -0.5], [0.5, 0.4], [NaN, 1], ['1', 0], undefined, { length: 2 }])
    t.throws(() => mixtureOf(members, weights as never), { instanceOf: InvalidArgumentError }, String(weights));
  t.throws(() => mixtureOf([], []), { instanceOf: InvalidArgumentError });
  t.notThrows(() => mixtureOf([...members, ...members, ...members], Array(6).fill(1 / 6)));
});
