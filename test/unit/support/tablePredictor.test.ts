import test from 'ava';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { idOf, markovChain, recitation, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('ab');
const [eos, a, b] = ['EOS', 'a', 'b'].map((name) => idOf(tokenizer, name)) as [number, number, number];
const ids = (...values: number[]): Int32Array => Int32Array.from(values);

test('hypothesis k goes on from row rows[k], or from nothing', async (t) => {
  const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'ab'));
  const first = await predictor.next(undefined, ids(-1, -1), ids(eos, a));
  t.deepEqual(first.state.prefixes, [[eos], [a]]);
  const second = await predictor.next(first.state, ids(1, -1, 0, 1), ids(b, eos, a, a));
  t.deepEqual(second.state.prefixes, [[a, b], [eos], [eos, a], [a, a]]);
});

test('log-probabilities are one row per hypothesis', async (t) => {
  const chain = markovChain(tokenizer, { EOS: { a: 0.25, b: 0.75 }, a: { EOS: 1 } });
  const { logProbabilities } = await new TablePredictor(tokenizer, chain).next(undefined, ids(-1, -1), ids(eos, a));
  const none = -Infinity;
  const expected = [none, none, none, Math.log(0.25), Math.log(0.75), none, 0, none, none, none];
  t.deepEqual(logProbabilities, Float32Array.from(expected));
});

test('states live until they are freed', async (t) => {
  const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'ab'));
  const first = await predictor.next(undefined, ids(-1), ids(eos));
  const second = await predictor.next(first.state, ids(0), ids(a));
  t.is(predictor.liveStates, 2);
  predictor.free(first.state);
  predictor.free(second.state);
  t.is(predictor.liveStates, 0);
});

test('a freed state cannot be used, nor freed again', async (t) => {
  const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'ab'));
  const { state } = await predictor.next(undefined, ids(-1), ids(eos));
  predictor.free(state);
  t.throws(() => predictor.free(state));
  await t.throwsAsync(predictor.next(state, ids(0), ids(a)));
});

test('rows and ids that do not exist are refused', async (t) => {
  const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'ab'));
  await t.throwsAsync(predictor.next(undefined, ids(0), ids(eos)), { message: 'There is no row 0' });
  await t.throwsAsync(predictor.next(undefined, ids(-1), ids(5)), { message: 'There is no id 5' });
});
