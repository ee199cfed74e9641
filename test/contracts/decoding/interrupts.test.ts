import { EventEmitter, getEventListeners, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { type AsyncIterableX, toArray } from 'ix/asynciterable';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { beamStates } from '../../../src/decoding/beamStates.js';
import type { DecodingOptions } from '../../../src/decoding/DecodingOptions.js';
import { greedy } from '../../../src/decoding/greedy.js';
import { nBest } from '../../../src/decoding/nBest.js';
import { sample } from '../../../src/decoding/sample.js';
import { stochasticBeamSearch } from '../../../src/decoding/stochasticBeamSearch.js';
import type { TokenPredictor } from '../../../src/decoding/TokenPredictor.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { tf } from '../../../src/tf.js';
import { collectUntilError } from '../../support/collect.js';
import { hold, settle } from '../../support/eventLoop.js';
import { markovChain, sameEverywhere, type Table, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('abc');
const done = { done: true, value: undefined };

/** After a, a and b are equally probable, but b leads nowhere: with three beams, tokens become certain one by one. */
const oneByOne = markovChain(tokenizer, {
  EOS: { a: 0.5, b: 0.5 },
  a: { a: 0.5, b: 0.5 },
  b: { pad: 0.9, a: 0.04, b: 0.03, c: 0.03 },
  c: { pad: 0.9, a: 0.04, b: 0.03, c: 0.03 },
});

const endless = sameEverywhere(tokenizer, { a: 0.5, b: 0.3, c: 0.2 });

/** Sentences end all along. */
const ending = sameEverywhere(tokenizer, { a: 0.6, b: 0.1, c: 0.1, EOS: 0.2 });

/** A decoder, whatever it yields, which makes at least five calls over its table. */
type Search = <State>(predictor: TokenPredictor<State>, options?: DecodingOptions) => AsyncIterableX<unknown>;

const searches: ReadonlyArray<readonly [name: string, table: Table, search: Search]> = [
  ['greedy', endless, (predictor, options) => greedy(predictor, { maxLength: 12, ...options })],
  ['sample', endless, (predictor, options) => sample(predictor, { maxLength: 12, seed: 1, ...options })],
  [
    'beamSearch of one beam',
    endless,
    (predictor, options) => beamSearch(predictor, { maxLength: 12, ...options, beams: 1 }),
  ],
  ['beamSearch', oneByOne, (predictor, options) => beamSearch(predictor, { maxLength: 12, ...options, beams: 3 })],
  ['beams', oneByOne, (predictor, options) => beamStates(predictor, { maxLength: 12, ...options, beams: 3 })],
  ['nBest', ending, (predictor, options) => nBest(predictor, { maxLength: 12, ...options, beams: 3, count: 12 })],
  [
    'stochasticBeamSearch',
    ending,
    (predictor, options) => stochasticBeamSearch(predictor, { maxLength: 12, ...options }),
  ],
];

function hangingAt(table: Table, hangingCall: number): { predictor: TablePredictor; gate: EventEmitter } {
  const gate = new EventEmitter();
  const predictor = new TablePredictor(tokenizer, table, (call) => call === hangingCall && once(gate, 'open'));
  return { predictor, gate };
}

for (const [name, table, search] of searches) {
  test(`${name}: nothing is computed before it is asked for`, async (t) => {
    const predictor = new TablePredictor(tokenizer, table);
    search(predictor, { prompt: 'a' })[Symbol.asyncIterator]();
    await settle();
    t.is(predictor.calls.length, 0);
  });

  test(`${name}: who stops asking costs no calls`, async (t) => {
    const predictor = new TablePredictor(tokenizer, table);
    const iterator = search(predictor)[Symbol.asyncIterator]();
    await iterator.next();
    const calls = predictor.calls.length;
    await settle();
    t.is(predictor.calls.length, calls);
    t.is(predictor.liveStates, 1);
    while (!(await iterator.next()).done);
    t.true(predictor.calls.length > calls);
  });

  test(`${name}: each iteration searches anew, and finds the same`, async (t) => {
    const found = search(new TablePredictor(tokenizer, table));
    const [first, second] = [found[Symbol.asyncIterator](), toArray(found)];
    t.deepEqual(await toArray({ [Symbol.asyncIterator]: () => first }), await second);
  });

  test(`${name}: a timer fires within a search, however the predictor holds the thread`, async (t) => {
    const predictor = new TablePredictor(tokenizer, table, () => hold(3));
    let callsBefore = 0;
    setTimeout(() => {
      callsBefore = predictor.calls.length;
    }, 0);
    await toArray(search(predictor));
    t.true(callsBefore > 0 && callsBefore < predictor.calls.length);
  });

  // ── The consumer leaves ──

  test(`${name}: break frees every state`, async (t) => {
    const predictor = new TablePredictor(tokenizer, table);
    for await (const _ of search(predictor)) break;
    t.is(predictor.liveStates, 0);
  });

  test(`${name}: an error of the consumer frees every state`, async (t) => {
    const predictor = new TablePredictor(tokenizer, table);
    const failure = new Error('the consumer fails');
    const consume = async (): Promise<void> => {
      for await (const _ of search(predictor)) throw failure;
    };
    t.is(await t.throwsAsync(consume()), failure);
    t.is(predictor.liveStates, 0);
  });

  test(`${name}: return() before anything is asked for computes nothing`, async (t) => {
    const predictor = new TablePredictor(tokenizer, table);
    const iterator = search(predictor)[Symbol.asyncIterator]();
    await iterator.return?.();
    t.deepEqual(await iterator.next(), done);
    t.is(predictor.calls.length, 0);
  });

  test(`${name}: return() during a prediction settles behind it, and frees every state`, async (t) => {
    const { predictor, gate } = hangingAt(table, 1);
    const iterator = search(predictor)[Symbol.asyncIterator]();
    const settled = Promise.all([iterator.next(), iterator.return?.()]);
    await settle();
    gate.emit('open');
    t.deepEqual((await settled)[1], done);
    t.is(predictor.liveStates, 0);
  });

  // ── The predictor fails ──

  for (const call of [1, 2, 5])
    test(`${name}: a predictor that fails in call ${call} gives its error, and every state is freed`, async (t) => {
      const failure = new Error('the predictor fails');
      const predictor = new TablePredictor(tokenizer, table, (made) => {
        if (made === call) throw failure;
      });
      t.is(await t.throwsAsync(toArray(search(predictor, { prompt: 'a' }))), failure);
      t.is(predictor.liveStates, 0);
    });

  // ── AbortSignal ──

  test(`${name}: a signal that is aborted already lets nothing be computed`, async (t) => {
    const reason = new Error('too late');
    const predictor = new TablePredictor(tokenizer, table);
    t.is(await t.throwsAsync(toArray(search(predictor, { signal: AbortSignal.abort(reason) }))), reason);
    t.is(predictor.calls.length, 0);
  });

  test(`${name}: abort while nobody asks frees every state at once`, async (t) => {
    const controller = new AbortController();
    const predictor = new TablePredictor(tokenizer, table);
    const iterator = search(predictor, { signal: controller.signal })[Symbol.asyncIterator]();
    await iterator.next();
    t.is(predictor.liveStates, 1);
    controller.abort();
    t.is(predictor.liveStates, 0);
  });

  test(`${name}: after abort, asking throws the reason and computes nothing; then it is over`, async (t) => {
    const controller = new AbortController();
    const predictor = new TablePredictor(tokenizer, table);
    const iterator = search(predictor, { signal: controller.signal })[Symbol.asyncIterator]();
    await iterator.next();
    const calls = predictor.calls.length;
    const reason = new Error('enough');
    controller.abort(reason);
    t.is(await t.throwsAsync(iterator.next()), reason);
    t.is(predictor.calls.length, calls);
    t.deepEqual(await iterator.next(), done);
  });

  for (const call of [1, 2, 5])
    test(`${name}: abort during prediction ${call} throws at once, and frees every state when it is there`, async (t) => {
      const controller = new AbortController();
      const { predictor, gate } = hangingAt(table, call);
      const found = collectUntilError(search(predictor, { prompt: 'a', signal: controller.signal }));
      while (predictor.calls.length < call) await setImmediate();
      const reason = new Error('enough');
      controller.abort(reason);
      t.is((await found).error, reason);
      gate.emit('open');
      await settle();
      t.is(predictor.liveStates, 0);
      t.is(predictor.calls.length, call);
    });

  test(`${name}: the end, break and abort leave no listener on the signal`, async (t) => {
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = (): number => getEventListeners(signal, 'abort').length;
    const found = search(new TablePredictor(tokenizer, table), { signal });
    await toArray(found);
    t.is(listeners(), 0);
    for await (const _ of found) break;
    t.is(listeners(), 0);
    await found[Symbol.asyncIterator]().next();
    t.is(listeners(), 1);
    controller.abort();
    t.is(listeners(), 0);
  });

  test.serial(`${name}: the end, break and abort leave no tensor of a model behind`, async (t) => {
    const model = new LanguageModel({ cell: 'gru', tokenizer, embeddingSize: 4, hiddenSize: 6, seed: 2 });
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const found = search(model, { signal: controller.signal, prompt: 'ab' });
    await toArray(found);
    t.is(tf.memory().numTensors, before);
    for await (const _ of found) break;
    t.is(tf.memory().numTensors, before);
    await found[Symbol.asyncIterator]().next();
    controller.abort();
    t.is(tf.memory().numTensors, before);
    model.dispose();
  });
}

test('beams: after abort, asking throws behind the last state, too', async (t) => {
  const controller = new AbortController();
  const iterator = beamStates(new TablePredictor(tokenizer, ending), { signal: controller.signal, maxLength: 1 })[
    Symbol.asyncIterator
  ]();
  t.true((await iterator.next()).value.done);
  const reason = new Error('enough');
  controller.abort(reason);
  t.is(await t.throwsAsync(iterator.next()), reason);
});

// ── Several results of one time step ──

/** Which of two sentences of three tokens is the best is open to the end. */
const undecided = markovChain(tokenizer, {
  EOS: { a: 0.5, b: 0.5 },
  a: { a: 1 },
  b: { b: 1 },
});
const options = { beams: 3, maxLength: 3 };

for (const [name, results] of [
  ['beamSearch', (signal: AbortSignal) => beamSearch(new TablePredictor(tokenizer, undecided), { ...options, signal })],
  ['nBest', (signal: AbortSignal) => nBest(new TablePredictor(tokenizer, undecided), { ...options, signal })],
  [
    'stochasticBeamSearch',
    (signal: AbortSignal) => stochasticBeamSearch(new TablePredictor(tokenizer, undecided), { ...options, signal }),
  ],
] as const)
  test(`${name}: abort between two results of one time step throws, too`, async (t) => {
    const controller = new AbortController();
    const iterator = results(controller.signal)[Symbol.asyncIterator]();
    t.false((await iterator.next()).done);
    const reason = new Error('enough');
    controller.abort(reason);
    t.is(await t.throwsAsync(iterator.next()), reason);
  });
