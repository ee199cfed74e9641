import test from 'ava';
import '../../support/backend.js';
import { averageOf } from '../../../src/decoding/averageOf.js';
import { sample } from '../../../src/decoding/sample.js';
import { textOf } from '../../../src/decoding/textOf.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import type { ContinuousBatch } from '../../../src/pipeline/Batch.js';
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

test('probabilities are the mean of those of the models, of which each has its own state', async (t) => {
  const members = [
    new TablePredictor(tokenizer, () => one),
    new TablePredictor(tokenizer, (read) => (read.length > 1 ? one : other)),
  ];
  const average = averageOf(members);
  const first = await average.next(undefined, Int32Array.of(-1, -1), Int32Array.of(1, 2));
  isClose(t, first.logProbabilities.map(Math.exp), [0.3, 0.1, 0.3, 0.3, 0.3, 0.1, 0.3, 0.3], 1e-6);
  const second = await average.next(first.state, Int32Array.of(1), Int32Array.of(3));
  isClose(t, second.logProbabilities.map(Math.exp), one, 1e-6);
  average.free(first.state);
  average.free(second.state);
  t.deepEqual(
    members.map(({ liveStates }) => liveStates),
    [0, 0],
  );
});

test('what no model can give has probability 0', async (t) => {
  const average = averageOf([
    new TablePredictor(tokenizer, () => [1, 0, 0, 0]),
    new TablePredictor(tokenizer, () => other),
  ]);
  const { logProbabilities } = await average.next(undefined, Int32Array.of(-1), Int32Array.of(1));
  t.deepEqual(
    [...logProbabilities.map(Math.exp)].map((p) => Number(p.toFixed(6))),
    [0.75, 0, 0.15, 0.1],
  );
});

test('when a model fails, the states of the others are freed', async (t) => {
  const sound = new TablePredictor(tokenizer, () => one);
  const failing = new TablePredictor(
    tokenizer,
    () => one,
    () => {
      throw new Error('away');
    },
  );
  await t.throwsAsync(averageOf([sound, failing]).next(undefined, Int32Array.of(-1), Int32Array.of(1)), {
    message: 'away',
  });
  t.is(sound.liveStates, 0);
});

test('no model, another tokenizer, and what is no model are refused', (t) => {
  const refused = { instanceOf: InvalidArgumentError };
  t.throws(() => averageOf([]), refused);
  t.throws(
    () => averageOf([new TablePredictor(tokenizer, () => one), new TablePredictor(tokenizerOfSize(5), () => one)]),
    refused,
  );
  t.throws(() => averageOf([{}] as never), refused);
});

test('evaluate takes it: of one model twice, the loss is that of the model, of sentences and of text that goes on', async (t) => {
  const shape = { cell: 'lstm', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 } as const;
  const whole = referenceBatch(shape, [5, 3], 1);
  const window = (begins: number): ContinuousBatch => ({
    ...referenceBatch(shape, [4, 4], 2),
    before: begins === 1 ? Int32Array.of(1, 1) : referenceBatch(shape, [4, 4], 2).ids.slice(-2),
    begins: Uint8Array.of(begins, 1),
  });
  const model = smallModel({ cell: 'lstm' });
  const average = averageOf([model, model]);
  for (const batches of [
    [whole, whole],
    [window(1), window(0)],
  ]) {
    const all = async function* () {
      yield* batches;
    };
    const [expected, actual] = [await evaluate(model, all()), await evaluate(average, all())];
    isClose(t, [actual.natsPerToken], [expected.natsPerToken], 1e-6);
    t.is(actual.tokens, expected.tokens);
  }
  const options = { maxLength: 8, prompt: 'ab', seed: 3 };
  t.is(await textOf(sample(average, options)), await textOf(sample(model, options)));
  model.dispose();
});
