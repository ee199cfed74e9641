import { EventEmitter, getEventListeners, once } from 'node:events';
import test from 'ava';
import { greedy } from '../../../src/decoding/greedy.js';
import { score } from '../../../src/decoding/score.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { appendEos } from '../../../src/pipeline/appendEos.js';
import { bucketByLength } from '../../../src/pipeline/bucketByLength.js';
import { maskPadding } from '../../../src/pipeline/maskPadding.js';
import { padBatch } from '../../../src/pipeline/padBatch.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { tokenize } from '../../../src/pipeline/tokenize.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { tf } from '../../../src/tf.js';
import { evaluate } from '../../../src/training/evaluate.js';
import { byteTokenizer } from '../../support/byteTokenizer.js';
import { settle } from '../../support/eventLoop.js';
import { idOf, markovChain, recitation, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('abc');
const chain = markovChain(tokenizer, {
  EOS: { a: 0.5, b: 0.25, EOS: 0.25 },
  a: { b: 0.75, unknown: 0.125, EOS: 0.125 },
  b: { a: 0.5, EOS: 0.5 },
  unknown: { EOS: 1 },
});
const nats = (probability: number): number => Math.fround(Math.log(probability));

function model(): LanguageModel {
  const model = new LanguageModel({ cell: 'gru', tokenizer, embeddingSize: 4, hiddenSize: 6, layers: 2, seed: 4 });
  // Initial weights are nearly indifferent; these have opinions.
  for (const weight of Object.values(model.weights)) tf.tidy(() => weight.assign(weight.mul(5)));
  return model;
}

test('each token has the log-probability that the model gave it, EOS too', async (t) => {
  const { tokens, logProbability } = await score(new TablePredictor(tokenizer, chain), 'ab');
  t.deepEqual(tokens, [
    { id: idOf(tokenizer, 'a'), text: 'a', logProbability: nats(0.5) },
    { id: idOf(tokenizer, 'b'), text: 'b', logProbability: nats(0.75) },
    { id: tokenizer.eosId, text: '', logProbability: nats(0.5) },
  ]);
  t.is(logProbability, nats(0.5) + nats(0.75) + nats(0.5));
});

test('the prompt is read, not scored', async (t) => {
  const { tokens, logProbability } = await score(new TablePredictor(tokenizer, chain), 'b', { prompt: 'a' });
  t.is(tokens.length, 2);
  t.is(logProbability, nats(0.75) + nats(0.5));
});

test('prompt and sentence are as probable as both as one sentence', async (t) => {
  const predictor = new TablePredictor(tokenizer, chain);
  const whole = await score(predictor, 'abab');
  const rest = await score(predictor, 'ab', { prompt: 'ab' });
  t.deepEqual(whole.tokens.slice(2), rest.tokens);
});

test('the score of nothing is that of EOS', async (t) => {
  const { tokens, logProbability } = await score(new TablePredictor(tokenizer, chain), '');
  t.is(tokens.length, 1);
  t.is(logProbability, nats(0.25));
});

test('a character that the vocabulary lacks is as probable as unknown', async (t) => {
  const { logProbability } = await score(new TablePredictor(tokenizer, chain), 'a?');
  t.is(logProbability, nats(0.5) + nats(0.125) + nats(1));
});

test('what the model holds for impossible has −∞', async (t) => {
  t.is((await score(new TablePredictor(tokenizer, chain), 'aa')).logProbability, -Infinity);
});

test('a token has the text that it completes', async (t) => {
  const predictor = new TablePredictor(byteTokenizer, recitation(byteTokenizer, 'aé€'));
  const { tokens } = await score(predictor, 'é€', { prompt: 'a' });
  t.deepEqual(
    tokens.map(({ text }) => text),
    ['', 'é', '', '', '€', ''],
  );
});

test('each token is one call, and one state lives', async (t) => {
  const predictor: TablePredictor = new TablePredictor(tokenizer, chain, () => t.true(predictor.liveStates <= 1));
  await score(predictor, 'abab', { prompt: 'ab' });
  t.deepEqual(
    predictor.calls.map(({ ids }) => tokenizer.decode(ids)),
    ['', 'a', 'b', 'a', 'b', 'a', 'b'],
  );
  t.is(predictor.liveStates, 0);
});

test('what greedy generates is scored as greedy says', async (t) => {
  const predictor = new TablePredictor(tokenizer, chain);
  const generated = [];
  for await (const token of greedy(predictor)) generated.push(token);
  const { tokens } = await score(predictor, generated.map(({ text }) => text).join(''));
  t.deepEqual(tokens.slice(0, -1), generated);
});

// ── Models ──

test.serial('scores of sentences agree with evaluate, which works in batches', async (t) => {
  const scored = model();
  const sentences = ['a', 'abc', 'cab?', '', 'bbbbbbbb', 'ca'];
  const batches = pipeline(
    sentences,
    tokenize(tokenizer),
    appendEos(tokenizer),
    bucketByLength({ maxTokens: 20 }),
    padBatch(),
    maskPadding(),
  );
  const { natsPerToken, tokens } = await evaluate(scored, batches);
  const scores = [];
  for (const sentence of sentences) scores.push(await score(scored, sentence));
  t.is(
    scores.reduce((sum, one) => sum + one.tokens.length, 0),
    tokens,
  );
  const total = scores.reduce((sum, { logProbability }) => sum - logProbability, 0);
  t.true(Math.abs(total / tokens - natsPerToken) < 1e-5);
  scored.dispose();
});

test.serial('no tensor is left behind', async (t) => {
  const scored = model();
  const before = tf.memory().numTensors;
  await score(scored, 'abcab', { prompt: 'ca' });
  t.is(tf.memory().numTensors, before);
  scored.dispose();
});

// ── Interrupts ──

test('a signal that is aborted already lets nothing be computed', async (t) => {
  const reason = new Error('too late');
  const predictor = new TablePredictor(tokenizer, chain);
  t.is(await t.throwsAsync(score(predictor, 'ab', { signal: AbortSignal.abort(reason) })), reason);
  t.is(predictor.calls.length, 0);
});

test('abort during a prediction throws at once, and frees every state when it is there', async (t) => {
  const gate = new EventEmitter();
  const controller = new AbortController();
  const { signal } = controller;
  const predictor = new TablePredictor(tokenizer, chain, (call) => call === 2 && once(gate, 'open'));
  const scored = score(predictor, 'ab', { signal });
  await settle();
  const reason = new Error('enough');
  controller.abort(reason);
  t.is(await t.throwsAsync(scored), reason);
  gate.emit('open');
  await settle();
  t.is(predictor.liveStates, 0);
  t.is(predictor.calls.length, 2);
  t.deepEqual(getEventListeners(signal, 'abort'), []);
});

test('a predictor that fails gives its error, and every state is freed', async (t) => {
  const failure = new Error('the predictor fails');
  const predictor = new TablePredictor(tokenizer, chain, (call) => {
    if (call === 2) throw failure;
  });
  t.is(await t.throwsAsync(score(predictor, 'ab')), failure);
  t.is(predictor.liveStates, 0);
});
