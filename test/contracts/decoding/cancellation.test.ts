import { EventEmitter, getEventListeners, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { map } from 'ix/asynciterable/operators';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { sameEverywhere, TablePredictor } from '../../support/tablePredictor.js';
import { decoders } from './decoders.js';

const tokenizer = new CharacterTokenizer('abc');
const endless = sameEverywhere(tokenizer, { a: 0.5, b: 0.3, c: 0.2 });
const done = { done: true, value: undefined };

/** A predictor whose call of that number waits until `gate` emits `open`, or fails when it emits `error`. */
function hangingAt(hangingCall: number): { predictor: TablePredictor; gate: EventEmitter } {
  const gate = new EventEmitter();
  const predictor = new TablePredictor(tokenizer, endless, (call) => call === hangingCall && once(gate, 'open'));
  return { predictor, gate };
}

function failingAt(failingCall: number, error: Error): TablePredictor {
  return new TablePredictor(tokenizer, endless, (call) => {
    if (call === failingCall) throw error;
  });
}

// What is true of every decoder is in interrupts.test.ts; here is what is true of those that yield a sentence token by token.

for (const [name, decoder] of decoders) {
  // ── The consumer leaves ──

  test(`${name}: an error in an operator behind it frees every state`, async (t) => {
    const predictor = new TablePredictor(tokenizer, endless);
    const failing = decoder(predictor).pipe(
      map(({ text }) => {
        if (predictor.calls.length === 3) throw new Error('the operator fails');
        return text;
      }),
    );
    await t.throwsAsync(toArray(failing), { message: 'the operator fails' });
    t.is(predictor.liveStates, 0);
  });

  test(`${name}: return() frees every state, and ends the sentence`, async (t) => {
    const predictor = new TablePredictor(tokenizer, endless);
    const iterator = decoder(predictor)[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.return?.();
    t.is(predictor.liveStates, 0);
    t.deepEqual(await iterator.next(), done);
    t.is(predictor.calls.length, 1);
  });

  test(`${name}: return() during a prediction settles behind it, and frees every state`, async (t) => {
    const { predictor, gate } = hangingAt(2);
    const iterator = decoder(predictor)[Symbol.asyncIterator]();
    await iterator.next();
    const pending = iterator.next();
    const returned = iterator.return?.();
    await setImmediate();
    gate.emit('open');
    t.false((await pending).done);
    await returned;
    t.is(predictor.liveStates, 0);
    t.is(predictor.calls.length, 2);
  });

  // ── The predictor fails ──

  for (const { where, call, tokensBefore } of [
    { where: 'at the first token', call: 1, tokensBefore: 0 },
    { where: 'in the prompt', call: 2, tokensBefore: 0 },
    { where: 'at a later token', call: 4, tokensBefore: 2 },
  ])
    test(`${name}: a predictor that fails ${where} gives its error, and every state is freed`, async (t) => {
      const failure = new Error('the predictor fails');
      const predictor = failingAt(call, failure);
      const iterator = decoder(predictor, { prompt: 'a' })[Symbol.asyncIterator]();
      for (let token = 0; token < tokensBefore; token++) await iterator.next();
      t.is(await t.throwsAsync(iterator.next()), failure);
      t.is(predictor.liveStates, 0);
      t.deepEqual(await iterator.next(), done);
    });

  // ── AbortSignal ──

  test(`${name}: abort between the call and the first token lets nothing be computed`, async (t) => {
    const controller = new AbortController();
    const predictor = new TablePredictor(tokenizer, endless);
    const iterator = decoder(predictor, { signal: controller.signal })[Symbol.asyncIterator]();
    const reason = new Error('never mind');
    controller.abort(reason);
    t.is(await t.throwsAsync(iterator.next()), reason);
    t.is(predictor.calls.length, 0);
  });

  test(`${name}: after abort, asking throws behind the last token that maxLength allows, too`, async (t) => {
    const controller = new AbortController();
    const predictor = new TablePredictor(tokenizer, endless);
    const iterator = decoder(predictor, { signal: controller.signal, maxLength: 1 })[Symbol.asyncIterator]();
    await iterator.next();
    const reason = new Error('enough');
    controller.abort(reason);
    t.is(await t.throwsAsync(iterator.next()), reason);
  });

  test(`${name}: abort() without a reason throws an AbortError`, async (t) => {
    const controller = new AbortController();
    const iterator = decoder(new TablePredictor(tokenizer, endless), { signal: controller.signal });
    const consume = async (): Promise<void> => {
      for await (const _ of iterator) controller.abort();
    };
    await t.throwsAsync(consume(), { name: 'AbortError', any: true });
  });

  for (const { where, call, tokensBefore } of [
    { where: 'of the first token', call: 1, tokensBefore: 0 },
    { where: 'of the prompt', call: 2, tokensBefore: 0 },
    { where: 'of a later token', call: 4, tokensBefore: 2 },
  ]) {
    test(`${name}: abort during a prediction ${where} throws at once, though the predictor hangs`, async (t) => {
      const controller = new AbortController();
      const { predictor } = hangingAt(call);
      const iterator = decoder(predictor, { signal: controller.signal, prompt: 'a' })[Symbol.asyncIterator]();
      for (let token = 0; token < tokensBefore; token++) await iterator.next();
      const pending = iterator.next();
      while (predictor.calls.length < call) await setImmediate();
      const reason = new Error('enough');
      controller.abort(reason);
      t.is(await t.throwsAsync(pending), reason);
    });

    test(`${name}: states in use ${where} are freed when the prediction is there, and not before`, async (t) => {
      const controller = new AbortController();
      const { predictor, gate } = hangingAt(call);
      const iterator = decoder(predictor, { signal: controller.signal, prompt: 'a' })[Symbol.asyncIterator]();
      for (let token = 0; token < tokensBefore; token++) await iterator.next();
      const pending = iterator.next();
      while (predictor.calls.length < call) await setImmediate();
      controller.abort();
      await t.throwsAsync(pending, { any: true });
      t.is(predictor.liveStates, call === 1 ? 0 : 1);
      gate.emit('open');
      await setImmediate();
      t.is(predictor.liveStates, 0);
      t.is(predictor.calls.length, call);
    });
  }

  test(`${name}: a prediction that fails after abort is silent, and every state is freed`, async (t) => {
    const controller = new AbortController();
    const { predictor, gate } = hangingAt(2);
    const iterator = decoder(predictor, { signal: controller.signal })[Symbol.asyncIterator]();
    await iterator.next();
    const pending = iterator.next();
    while (predictor.calls.length < 2) await setImmediate();
    const reason = new Error('enough');
    controller.abort(reason);
    gate.emit('error', new Error('the predictor fails'));
    t.is(await t.throwsAsync(pending), reason);
    await setImmediate();
    t.is(predictor.liveStates, 0);
  });

  test(`${name}: abort with several tokens asked for settles them all`, async (t) => {
    const controller = new AbortController();
    const { predictor } = hangingAt(1);
    const iterator = decoder(predictor, { signal: controller.signal })[Symbol.asyncIterator]();
    const pending = Promise.allSettled([iterator.next(), iterator.next(), iterator.return?.()]);
    const reason = new Error('enough');
    await setImmediate();
    controller.abort(reason);
    const [first, ...rest] = await pending;
    t.deepEqual(first, { status: 'rejected', reason });
    t.deepEqual(rest, [
      { status: 'fulfilled', value: done },
      { status: 'fulfilled', value: done },
    ]);
  });

  test(`${name}: one signal stops every iteration`, async (t) => {
    const controller = new AbortController();
    const predictor = new TablePredictor(tokenizer, endless);
    const tokens = decoder(predictor, { signal: controller.signal });
    const iterators = Array.from({ length: 3 }, () => tokens[Symbol.asyncIterator]());
    for (const iterator of iterators) await iterator.next();
    t.is(predictor.liveStates, 3);
    controller.abort();
    t.is(predictor.liveStates, 0);
    for (const iterator of iterators) await t.throwsAsync(iterator.next(), { any: true });
  });

  // ── A signal may live longer than its decoders ──

  test(`${name}: nobody listens to the signal before the first token`, (t) => {
    const { signal } = new AbortController();
    decoder(new TablePredictor(tokenizer, endless), { signal })[Symbol.asyncIterator]();
    t.deepEqual(getEventListeners(signal, 'abort'), []);
  });

  test(`${name}: a predictor that fails leaves no listener on the signal`, async (t) => {
    const { signal } = new AbortController();
    await t.throwsAsync(toArray(decoder(failingAt(2, new Error('the predictor fails')), { signal })));
    t.deepEqual(getEventListeners(signal, 'abort'), []);
  });
}
