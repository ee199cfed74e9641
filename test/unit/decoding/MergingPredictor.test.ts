import { EventEmitter, once } from 'node:events';
import test from 'ava';
import { MergingPredictor } from '../../../src/decoding/MergingPredictor.js';
import type { TokenPredictor } from '../../../src/decoding/TokenPredictor.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { idOf, markovChain, TablePredictor, type TableState } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('ab');
const chain = markovChain(tokenizer, { EOS: { a: 0.5, b: 0.5 }, a: { a: 0.1, b: 0.9 }, b: { a: 0.3, b: 0.7 } });
const [eos, a, b] = ['EOS', 'a', 'b'].map((name) => idOf(tokenizer, name)) as [number, number, number];
const ids = (...values: number[]): Int32Array => Int32Array.from(values);
const after = (...probabilities: number[]): Float32Array => Float32Array.from([0, 0, 0, ...probabilities], Math.log);

function merging(before?: (call: number) => unknown) {
  const predictor = new TablePredictor(tokenizer, chain, before);
  let told = 0;
  const merged = new MergingPredictor(predictor, () => told++);
  return { predictor, merged, told: () => told };
}

/** Two decoders that have read a and b, each in a call of its own. */
async function begunApart(merged: MergingPredictor<TableState>) {
  const [first, second] = [merged.forDecoder(0), merged.forDecoder(1)];
  const ofFirst = first.next(undefined, ids(-1), ids(a));
  await merged.flush();
  const ofSecond = second.next(undefined, ids(-1), ids(b));
  await merged.flush();
  return { first, second, ofFirst: await ofFirst, ofSecond: await ofSecond };
}

test('calls wait for flush, and are told of', async (t) => {
  const { predictor, merged, told } = merging();
  const call = merged.forDecoder(0).next(undefined, ids(-1), ids(eos));
  t.is(merged.waiting, 1);
  t.is(told(), 1);
  t.is(predictor.calls.length, 0);
  await merged.flush();
  t.is(merged.waiting, 0);
  t.deepEqual((await call).logProbabilities, after(0.5, 0.5));
});

test('calls that go on from one state, or from none, are one call, in the order of their decoders', async (t) => {
  const { predictor, merged } = merging();
  const [first, second, third] = [0, 1, 2].map((order) => merged.forDecoder(order));
  const begun = Promise.all([
    second?.next(undefined, ids(-1, -1), ids(a, b)),
    first?.next(undefined, ids(-1), ids(eos)),
  ]);
  await merged.flush();
  const [ofSecond, ofFirst] = await begun;
  t.deepEqual(ofFirst?.logProbabilities, after(0.5, 0.5));
  t.deepEqual(ofSecond?.logProbabilities.slice(5), after(0.3, 0.7));
  const goneOn = Promise.all([
    third?.next(undefined, ids(-1), ids(eos)),
    second?.next(ofSecond?.state, ids(1, 0, 1), ids(a, b, b)),
    first?.next(ofFirst?.state, ids(0), ids(b)),
  ]);
  await merged.flush();
  t.deepEqual(
    (await goneOn).map((one) => one?.logProbabilities.length),
    [5, 15, 5],
  );
  t.deepEqual(predictor.calls, [
    { rows: [-1, -1, -1], ids: [eos, a, b] },
    { rows: [0, 2, 1, 2, -1], ids: [b, a, b, b, eos] },
  ]);
});

test('calls that go on from different states are different calls', async (t) => {
  const { predictor, merged } = merging();
  const { first, second, ofFirst, ofSecond } = await begunApart(merged);
  const goneOn = Promise.all([first.next(ofFirst.state, ids(0), ids(b)), second.next(ofSecond.state, ids(0), ids(a))]);
  await merged.flush();
  t.deepEqual(predictor.calls.slice(2), [
    { rows: [0], ids: [b] },
    { rows: [0], ids: [a] },
  ]);
  t.deepEqual(
    (await goneOn).map(({ logProbabilities }) => logProbabilities),
    [after(0.3, 0.7), after(0.1, 0.9)],
  );
});

test('a row of −1 is the state before any token, also for a decoder that has a state', async (t) => {
  const { predictor, merged } = merging();
  const [first, second] = [merged.forDecoder(0), merged.forDecoder(1)];
  const begun = Promise.all([first.next(undefined, ids(-1), ids(a)), second.next(undefined, ids(-1), ids(a))]);
  await merged.flush();
  const [, { state }] = await begun;
  const goneOn = second.next(state, ids(-1, 0), ids(eos, b));
  await merged.flush();
  t.deepEqual(predictor.calls[1], { rows: [-1, 1], ids: [eos, b] });
  t.is((await goneOn).logProbabilities.length, 10);
});

test('a state that is shared is freed when the last of its parts is', async (t) => {
  const { predictor, merged } = merging();
  const [first, second] = [merged.forDecoder(0), merged.forDecoder(1)];
  const calls = Promise.all([first.next(undefined, ids(-1), ids(eos)), second.next(undefined, ids(-1), ids(eos))]);
  await merged.flush();
  const [ofFirst, ofSecond] = await calls;
  first.free(ofFirst.state);
  t.is(predictor.liveStates, 1);
  second.free(ofSecond.state);
  t.is(predictor.liveStates, 0);
});

test('a state that a prediction goes on from is freed behind it', async (t) => {
  const { predictor, merged } = merging();
  const decoder = merged.forDecoder(0);
  const begun = decoder.next(undefined, ids(-1), ids(eos));
  await merged.flush();
  const { state } = await begun;
  const goneOn = decoder.next(state, ids(0), ids(a));
  const flushed = merged.flush();
  decoder.free(state);
  t.is(predictor.liveStates, 1);
  await flushed;
  t.is(predictor.liveStates, 1);
  decoder.free((await goneOn).state);
  t.is(predictor.liveStates, 0);
});

test('a failure goes to all who made the call, and to nobody else', async (t) => {
  const failure = new Error('the predictor fails');
  const { merged } = merging((call) => {
    if (call === 3) throw failure;
  });
  const { first, second, ofFirst, ofSecond } = await begunApart(merged);
  const third = merged.forDecoder(2);
  const goneOn = Promise.allSettled([
    first.next(ofFirst.state, ids(0), ids(b)),
    third.next(undefined, ids(-1), ids(eos)),
    second.next(ofSecond.state, ids(0), ids(a)),
  ]);
  await merged.flush();
  const [one, three, two] = await goneOn;
  t.deepEqual(one, { status: 'rejected', reason: failure });
  t.deepEqual(three, { status: 'rejected', reason: failure });
  t.is(two.status, 'fulfilled');
});

test('close lets calls fail that wait, that are being made, and that come, and frees every state', async (t) => {
  const gate = new EventEmitter();
  const { predictor, merged } = merging((call) => call === 2 && once(gate, 'open'));
  const [first, second] = [merged.forDecoder(0), merged.forDecoder(1)];
  const begun = first.next(undefined, ids(-1), ids(eos));
  await merged.flush();
  const being = first.next((await begun).state, ids(0), ids(a));
  const flushed = merged.flush();
  const waiting = second.next(undefined, ids(-1), ids(eos));
  const reason = new Error('enough');
  merged.close(reason);
  merged.close(new Error('too late'));
  for (const call of [being, waiting, second.next(undefined, ids(-1), ids(eos))])
    t.is(await t.throwsAsync(call), reason);
  t.is(predictor.liveStates, 1);
  gate.emit('open');
  await flushed;
  t.is(predictor.liveStates, 0);
  t.is(predictor.calls.length, 2);
});

test('close between two calls of one flush keeps the second from being made', async (t) => {
  const gate = new EventEmitter();
  const predictor = new TablePredictor(tokenizer, chain, (call) => call === 3 && once(gate, 'open'));
  let calls = 0;
  const counting: TokenPredictor<TableState> = {
    tokenizer,
    next(...call) {
      calls++;
      return predictor.next(...call);
    },
    free: (state) => predictor.free(state),
  };
  const merged = new MergingPredictor(counting, () => {});
  const { first, second, ofFirst, ofSecond } = await begunApart(merged);
  const goneOn = Promise.allSettled([
    first.next(ofFirst.state, ids(0), ids(b)),
    second.next(ofSecond.state, ids(0), ids(a)),
  ]);
  const flushed = merged.flush();
  const reason = new Error('enough');
  merged.close(reason);
  gate.emit('open');
  await flushed;
  t.deepEqual(await goneOn, [
    { status: 'rejected', reason },
    { status: 'rejected', reason },
  ]);
  t.is(calls, 3);
  t.is(predictor.liveStates, 0);
});

test('after close, freeing a part that is freed already does nothing', async (t) => {
  const { predictor, merged } = merging();
  const decoder = merged.forDecoder(0);
  const call = decoder.next(undefined, ids(-1), ids(eos));
  await merged.flush();
  const { state } = await call;
  merged.close(new Error('enough'));
  t.is(predictor.liveStates, 0);
  t.notThrows(() => decoder.free(state));
});
