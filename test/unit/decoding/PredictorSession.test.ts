import test from 'ava';
import { PredictorSession } from '../../../src/decoding/PredictorSession.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { idOf, markovChain, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('ab');
const chain = markovChain(tokenizer, { EOS: { a: 0.5, b: 0.5 }, a: { a: 0.1, b: 0.9 }, b: { a: 0.3, b: 0.7 } });
const [eos, a, b] = ['EOS', 'a', 'b'].map((name) => idOf(tokenizer, name)) as [number, number, number];

test('hypotheses may branch and end: each call says from which row it goes on', async (t) => {
  const predictor = new TablePredictor(tokenizer, chain);
  const session = new PredictorSession(predictor);
  await session.next(Int32Array.of(-1), Int32Array.of(eos));
  await session.next(Int32Array.of(0, 0), Int32Array.of(a, b));
  const logProbabilities = await session.next(Int32Array.of(1, 1, 1), Int32Array.of(b, a, b));
  const rows = [0, 1, 2].map((k) => logProbabilities.slice(k * 5, (k + 1) * 5));
  const after = (...probabilities: number[]): Float32Array => Float32Array.from([0, 0, 0, ...probabilities], Math.log);
  t.deepEqual(rows, [after(0.3, 0.7), after(0.1, 0.9), after(0.3, 0.7)]);
});

test('the state before the last one is freed, and close frees the last', async (t) => {
  const predictor = new TablePredictor(tokenizer, chain);
  const session = new PredictorSession(predictor);
  await session.next(Int32Array.of(-1), Int32Array.of(eos));
  await session.next(Int32Array.of(0, 0), Int32Array.of(a, b));
  t.is(predictor.liveStates, 1);
  session.close();
  t.is(predictor.liveStates, 0);
});

test('close may be called again, and where nothing was predicted', async (t) => {
  const predictor = new TablePredictor(tokenizer, chain);
  const session = new PredictorSession(predictor);
  session.close();
  t.notThrows(() => session.close());
});

test('close during a prediction frees what it was made from and what it gives', async (t) => {
  const predictor = new TablePredictor(tokenizer, chain);
  const session = new PredictorSession(predictor);
  await session.next(Int32Array.of(-1), Int32Array.of(eos));
  const pending = session.next(Int32Array.of(0), Int32Array.of(a));
  session.close();
  t.is((await pending).length, 5);
  t.is(predictor.liveStates, 0);
});

test('a predictor that throws, instead of rejecting, rejects', async (t) => {
  const failure = new Error('the predictor throws');
  const throwing = (): never => {
    throw failure;
  };
  const session = new PredictorSession({ tokenizer, next: throwing, free: () => {} });
  t.is(await t.throwsAsync(session.next(Int32Array.of(-1), Int32Array.of(eos))), failure);
});
