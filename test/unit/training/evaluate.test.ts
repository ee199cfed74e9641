import test from 'ava';
import { InvalidArgumentError, NonFiniteError, SourceError } from '../../../src/errors.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { Batch } from '../../../src/pipeline/Batch.js';
import { maskPadding } from '../../../src/pipeline/maskPadding.js';
import { padBatch } from '../../../src/pipeline/padBatch.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { sequencesOf } from '../../../src/pipeline/sequencesOf.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { tf } from '../../../src/tf.js';
import { evaluate } from '../../../src/training/evaluate.js';
import { referenceBatch } from '../../reference/weights.js';
import { isClose } from '../../support/closeness.js';
import { setWeight, smallModel, totalLoss, weightsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';

const lengths = [5, 2, 4, 3, 1];
const whole = referenceBatch(
  { cell: 'lstm', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 },
  lengths,
);

/** The sentences of the whole batch in batches of this size. */
function inBatchesOf(size: number): AsyncIterable<Batch> {
  const sentences = [...sequencesOf(whole)];
  const groups = Array.from({ length: Math.ceil(sentences.length / size) }, (_, index) =>
    sentences.slice(index * size, (index + 1) * size),
  );
  return pipeline(groups, padBatch(), maskPadding());
}

test('an evaluation is the mean over the tokens of all sentences, each seen alone', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  let nats = 0;
  for await (const sentence of inBatchesOf(1)) nats += totalLoss(model, sentence);
  const { sentences, tokens, natsPerToken } = await evaluate(model, pipeline([whole]));
  t.is(sentences, 5);
  t.is(tokens, 15);
  isClose(t, [natsPerToken], [nats / 15], 1e-6);
  model.dispose();
});

test('however sentences are put into batches, the evaluation is the same', async (t) => {
  const model = smallModel({ cell: 'gru', layers: 2 });
  const expected = Object.values(await evaluate(model, inBatchesOf(5)));
  for (const size of [1, 2, 3, 4]) isClose(t, Object.values(await evaluate(model, inBatchesOf(size))), expected, 1e-6);
  model.dispose();
});

test.serial('a sequence of more than 6,400 tokens is evaluated in one piece, as it would be in a batch', async (t) => {
  const model = smallModel({ cell: 'lstm', layers: 2, initialState: 'learned' });
  const length = 6401;
  const ids = Int32Array.from({ length }, (_, time) => (time === length - 1 ? 1 : 3 + ((time * 7) % 4)));
  const mask = new Float32Array(length).fill(1);
  const batch: Batch = { ids, mask, lengths: Int32Array.of(length), size: 1, length, tokens: length };
  const before = tf.memory().numTensors;
  const { sentences, tokens, natsPerToken } = await evaluate(model, pipeline([batch]));
  t.is(tf.memory().numTensors, before);
  t.deepEqual([sentences, tokens], [1, length]);
  isClose(t, [natsPerToken], [totalLoss(model, batch) / length], 1e-5);
  const wrong = { ...batch, ids: Int32Array.from(ids).fill(7, 9, 10) };
  await t.throwsAsync(evaluate(model, pipeline([wrong])), { instanceOf: InvalidArgumentError, message: /time step 9/ });
  model.dispose();
});

test('a model that knows nothing has the perplexity of its vocabulary', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  for (const name of Object.keys(model.weights)) {
    const { [name]: tensor } = weightsOf(model);
    setWeight(model, name, tensor?.data.map(() => 0) ?? []);
  }
  const { natsPerToken, bitsPerCharacter, perplexity } = await evaluate(model, inBatchesOf(2));
  isClose(t, [natsPerToken, bitsPerCharacter, perplexity], [Math.log(7), Math.log2(7), 7], 1e-6);
  model.dispose();
});

/** A tokenizer whose tokens stand for two characters each, but for EOS. */
class PairTokenizer extends CharacterTokenizer {
  override characterCount(ids: ArrayLike<number>): number {
    return Array.from(ids).reduce((sum, id) => sum + (id === this.eosId ? 1 : 2), 0);
  }
}

test('bits per character are those of the text, not of its tokens', async (t) => {
  const model = new LanguageModel({
    cell: 'lstm',
    tokenizer: new PairTokenizer('abcd'),
    embeddingSize: 3,
    hiddenSize: 4,
  });
  const { natsPerToken, bitsPerCharacter } = await evaluate(model, inBatchesOf(2));
  // 10 tokens of two characters, and 5 EOS
  isClose(t, [bitsPerCharacter], [(natsPerToken * 15) / Math.LN2 / 25], 1e-12);
  model.dispose();
});

test('tokens that a mask leaves out do not count', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const half = { ...whole, mask: whole.mask.map((kept, place) => (place < whole.size ? 0 : kept)) };
  const { tokens, natsPerToken } = await evaluate(model, pipeline([half]));
  t.is(tokens, 10);
  isClose(t, [natsPerToken], [totalLoss(model, half) / 10], 1e-6);
  model.dispose();
});

test('an evaluation changes nothing', async (t) => {
  const model = smallModel({ cell: 'lstm', dropout: 0.5 });
  const before = weightsOf(model);
  await evaluate(model, inBatchesOf(2));
  t.deepEqual(weightsOf(model), before);
  model.dispose();
});

for (const [what, batches] of Object.entries({
  'no batch': [],
  'no token': [{ ...whole, mask: whole.mask.map(() => 0) }],
}))
  test(`${what} is a SourceError`, async (t) => {
    const model = smallModel({ cell: 'lstm' });
    await t.throwsAsync(evaluate(model, pipeline(batches)), {
      instanceOf: SourceError,
      message: 'Expected text to evaluate a model on, got none',
    });
    model.dispose();
  });

test('a batch of another vocabulary is an InvalidArgumentError', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  await t.throwsAsync(evaluate(model, pipeline([{ ...whole, ids: whole.ids.map(() => 7) }])), {
    instanceOf: InvalidArgumentError,
  });
  model.dispose();
});

test('a loss that is not finite is a NonFiniteError', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  setWeight(model, 'projectionBias', new Float32Array(7).fill(NaN));
  await t.throwsAsync(evaluate(model, inBatchesOf(2)), {
    instanceOf: NonFiniteError,
    message: 'Expected a finite loss of the model, got NaN',
  });
  model.dispose();
});

test("the source's error is passed on", async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const error = new Error('the source failed');
  async function* failing(): AsyncGenerator<Batch> {
    yield whole;
    throw error;
  }
  t.is(await t.throwsAsync(evaluate(model, failing())), error);
  model.dispose();
});

test.serial('an evaluation leaves nothing behind, nor does one that fails', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  t.deepEqual(await leftBehind(() => evaluate(model, inBatchesOf(2))), nothing);
  const bad = { ...whole, ids: whole.ids.map(() => 7) };
  t.deepEqual(await leftBehind(() => t.throwsAsync(evaluate(model, pipeline([whole, bad])))), nothing);
  model.dispose();
});
