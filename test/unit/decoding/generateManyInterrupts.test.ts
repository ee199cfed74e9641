import { EventEmitter, getEventListeners, once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { generateMany, type IndexedToken, type PromptDecoder } from '../../../src/decoding/generateMany.js';
import { greedy } from '../../../src/decoding/greedy.js';
import { LanguageModel } from '../../../src/model/LanguageModel.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { tf } from '../../../src/tf.js';
import { collectUntilError } from '../../support/collect.js';
import { settle } from '../../support/eventLoop.js';
import { StuckSource } from '../../support/StuckSource.js';
import { sameEverywhere, TablePredictor, type TableState } from '../../support/tablePredictor.js';
import { rejectsInvalid } from '../../support/throwsInvalid.js';

const tokenizer = new CharacterTokenizer('abc');
const endless = sameEverywhere(tokenizer, { a: 0.5, b: 0.3, c: 0.2 });
const done = { done: true, value: undefined };

const greedily: PromptDecoder<TableState> = (predictor, prompt) => greedy(predictor, { prompt, maxLength: 20 });

/** Three prompts, and then reads for ever; it tells when it is closed. */
const threeAndMore = (): StuckSource<string> => new StuckSource('', 'a', 'ab');

/** Three prompts and no more; it tells when it is closed. */
function three(): AsyncIterable<string> & { closed: boolean } {
  return {
    closed: false,
    async *[Symbol.asyncIterator]() {
      try {
        yield* ['', 'a', 'ab'];
        await setImmediate();
      } finally {
        this.closed = true;
      }
    },
  };
}

function failingAt(failingCall: number, error: Error): TablePredictor {
  return new TablePredictor(tokenizer, endless, (call) => {
    if (call === failingCall) throw error;
  });
}

/** A predictor whose call of that number waits until `gate` emits `open`. */
function hangingAt(hangingCall: number): { predictor: TablePredictor; gate: EventEmitter } {
  const gate = new EventEmitter();
  const predictor = new TablePredictor(tokenizer, endless, (call) => call === hangingCall && once(gate, 'open'));
  return { predictor, gate };
}

const started = (predictor: TablePredictor, prompts: AsyncIterable<string>, signal?: AbortSignal) =>
  generateMany(predictor, prompts, greedily, { concurrency: 3, ...(signal && { signal }) })[Symbol.asyncIterator]();

// ── The consumer leaves ──

test('break frees every state, and closes the prompts', async (t) => {
  const predictor = new TablePredictor(tokenizer, endless);
  const prompts = three();
  for await (const { index } of generateMany(predictor, prompts, greedily, { concurrency: 3 })) if (index === 1) break;
  t.is(predictor.liveStates, 0);
  t.true(prompts.closed);
});

test('an error of the consumer frees every state, and closes the prompts', async (t) => {
  const predictor = new TablePredictor(tokenizer, endless);
  const prompts = three();
  const failure = new Error('the consumer fails');
  const consume = async (): Promise<void> => {
    for await (const _ of generateMany(predictor, prompts, greedily, { concurrency: 3 })) throw failure;
  };
  t.is(await t.throwsAsync(consume()), failure);
  t.is(predictor.liveStates, 0);
  t.true(prompts.closed);
});

test('return() before the first token computes nothing, and reads no prompt', async (t) => {
  const predictor = new TablePredictor(tokenizer, endless);
  const iterator = started(predictor, threeAndMore());
  t.deepEqual(await iterator.return?.(), done);
  t.deepEqual(await iterator.next(), done);
  t.is(predictor.calls.length, 0);
});

test('return() during a prediction settles behind it, and frees every state', async (t) => {
  const { predictor, gate } = hangingAt(2);
  const iterator = started(predictor, three());
  await iterator.next();
  const settled = Promise.all([iterator.next(), iterator.return?.()]);
  while (predictor.calls.length < 2) await setImmediate();
  gate.emit('open');
  t.deepEqual((await settled)[1], done);
  t.is(predictor.liveStates, 0);
});

test('break while a prompt is being read settles, and the prompts are closed when it is there', async (t) => {
  const predictor = new TablePredictor(tokenizer, endless);
  const prompts = threeAndMore();
  let decoders = 0;
  const decoder: PromptDecoder<TableState> = (...call) => {
    decoders++;
    return greedily(...call);
  };
  for await (const _ of generateMany(predictor, prompts, decoder)) break;
  t.is(predictor.liveStates, 0);
  prompts.release();
  await settle();
  t.true(prompts.closed);
  t.is(decoders, 3);
});

test('a prompt that comes after break is not begun', async (t) => {
  const begun: string[] = [];
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* prompts(): AsyncGenerator<string> {
    yield 'a';
    await released;
    yield 'b';
  }
  const decoder: PromptDecoder<TableState> = (predictor, prompt) => {
    begun.push(prompt);
    return greedy(predictor, { prompt });
  };
  for await (const _ of generateMany(new TablePredictor(tokenizer, endless), prompts(), decoder)) break;
  release();
  await settle();
  t.deepEqual(begun, ['a']);
});

test('decoders are closed when their reader leaves', async (t) => {
  const closed: number[] = [];
  const decoder: PromptDecoder<TableState> = async function* (predictor, prompt, index) {
    try {
      yield* greedy(predictor, { prompt });
    } finally {
      closed.push(index);
    }
  };
  for await (const { index } of generateMany(new TablePredictor(tokenizer, endless), three(), decoder))
    if (index === 1) break;
  t.deepEqual(closed.toSorted(), [0, 1, 2]);
});

// ── Something fails ──

for (const call of [1, 2, 4])
  test(`a predictor that fails in call ${call} gives its error; states are freed and prompts closed`, async (t) => {
    const failure = new Error('the predictor fails');
    const predictor = failingAt(call, failure);
    const prompts = three();
    t.is(await t.throwsAsync(toArray(generateMany(predictor, prompts, greedily, { concurrency: 3 }))), failure);
    t.is(predictor.liveStates, 0);
    t.true(prompts.closed);
    t.is(predictor.calls.length, call);
  });

test('a decoder that fails gives its error behind the tokens of its time step, and all is freed', async (t) => {
  const predictor = new TablePredictor(tokenizer, endless);
  const failure = new Error('the decoder fails');
  const decoder: PromptDecoder<TableState> = async function* (predictor, prompt, index) {
    for await (const token of greedy(predictor, { prompt })) {
      if (index === 0 && predictor) throw failure;
      yield token;
    }
  };
  const { items, error } = await collectUntilError(generateMany(predictor, ['', '', ''], decoder));
  t.is(error, failure);
  t.deepEqual(
    items.map(({ index }) => index),
    [1, 2],
  );
  t.is(predictor.liveStates, 0);
});

test('an error comes also while a prompt is being read', async (t) => {
  const failure = new Error('the predictor fails');
  const predictor = failingAt(2, failure);
  const { error } = await collectUntilError(generateMany(predictor, threeAndMore(), greedily));
  t.is(error, failure);
  t.is(predictor.liveStates, 0);
});

test('of the errors of one time step, the first prompt’s is given', async (t) => {
  const decoder: PromptDecoder<TableState> = async function* (predictor, prompt, index) {
    for await (const token of greedy(predictor, { prompt })) {
      if (index > 0) throw new Error(`decoder ${index} fails`);
      yield token;
    }
  };
  const tokens = generateMany(new TablePredictor(tokenizer, endless), ['', '', ''], decoder);
  await t.throwsAsync(toArray(tokens), { message: 'decoder 1 fails' });
});

test('a decoder that cannot be made gives its error, and all is freed', async (t) => {
  const predictor = new TablePredictor(tokenizer, endless);
  const decoder: PromptDecoder<TableState> = (predictor, prompt, index) =>
    greedy(predictor, { prompt, maxLength: index === 2 ? 0 : 5 });
  await rejectsInvalid(t, toArray(generateMany(predictor, three(), decoder)), 'maxLength');
  t.is(predictor.liveStates, 0);
});

test('prompts that fail give their error, and all is freed', async (t) => {
  const predictor = new TablePredictor(tokenizer, endless);
  const failure = new Error('the prompts fail');
  async function* prompts(): AsyncGenerator<string> {
    yield '';
    while (predictor.calls.length < 3) await setImmediate();
    throw failure;
  }
  const { items, error } = await collectUntilError(generateMany(predictor, prompts(), greedily));
  t.is(error, failure);
  t.true(items.length >= 2);
  t.is(predictor.liveStates, 0);
});

test('after an error it is over', async (t) => {
  const iterator = started(failingAt(2, new Error('the predictor fails')), three());
  await iterator.next();
  await t.throwsAsync(iterator.next().then(() => iterator.next()));
  t.deepEqual(await iterator.next(), done);
});

// ── AbortSignal ──

test('a signal that is aborted already lets nothing be computed, and no prompt be read', async (t) => {
  const reason = new Error('too late');
  const predictor = new TablePredictor(tokenizer, endless);
  let read = false;
  async function* prompts(): AsyncGenerator<string> {
    read = true;
    yield 'a';
  }
  const iterator = started(predictor, prompts(), AbortSignal.abort(reason));
  t.is(await t.throwsAsync(iterator.next()), reason);
  t.is(predictor.calls.length, 0);
  t.false(read);
});

test('abort between tokens frees every state at once, and closes the prompts, though nobody asks', async (t) => {
  const controller = new AbortController();
  const predictor = new TablePredictor(tokenizer, endless);
  const prompts = three();
  const iterator = started(predictor, prompts, controller.signal);
  await iterator.next();
  t.true(predictor.liveStates > 0);
  controller.abort();
  t.is(predictor.liveStates, 0);
  await settle();
  t.true(prompts.closed);
});

test('after abort, asking throws the reason and computes nothing; then it is over', async (t) => {
  const controller = new AbortController();
  const predictor = new TablePredictor(tokenizer, endless);
  const iterator = started(predictor, three(), controller.signal);
  await iterator.next();
  const reason = new Error('enough');
  controller.abort(reason);
  t.is(await t.throwsAsync(iterator.next()), reason);
  t.is(predictor.calls.length, 1);
  t.deepEqual(await iterator.next(), done);
});

test('after abort, no other token of the time step comes', async (t) => {
  const controller = new AbortController();
  const options = { signal: controller.signal };
  const iterator = generateMany(new TablePredictor(tokenizer, endless), ['', ''], greedily, options)[
    Symbol.asyncIterator
  ]();
  t.is((await iterator.next()).value.index, 0);
  const reason = new Error('enough');
  controller.abort(reason);
  t.is(await t.throwsAsync(iterator.next()), reason);
});

for (const call of [1, 2, 4])
  test(`abort during prediction ${call} throws at once, though the predictor hangs; it then frees its states`, async (t) => {
    const controller = new AbortController();
    const { predictor, gate } = hangingAt(call);
    const tokens = collectUntilError(generateMany(predictor, three(), greedily, { signal: controller.signal }));
    while (predictor.calls.length < call) await setImmediate();
    const reason = new Error('enough');
    controller.abort(reason);
    t.is((await tokens).error, reason);
    t.is(predictor.liveStates, call === 1 ? 0 : 1);
    gate.emit('open');
    await settle();
    t.is(predictor.liveStates, 0);
    t.is(predictor.calls.length, call);
  });

test('a prediction that fails after abort is silent, and every state is freed', async (t) => {
  const controller = new AbortController();
  const { predictor, gate } = hangingAt(2);
  const tokens = collectUntilError(generateMany(predictor, three(), greedily, { signal: controller.signal }));
  while (predictor.calls.length < 2) await setImmediate();
  const reason = new Error('enough');
  controller.abort(reason);
  gate.emit('error', new Error('the predictor fails'));
  t.is((await tokens).error, reason);
  await settle();
  t.is(predictor.liveStates, 0);
});

test('abort while nothing but a prompt is waited for throws at once', async (t) => {
  const controller = new AbortController();
  const iterator = started(new TablePredictor(tokenizer, endless), new StuckSource<string>(), controller.signal);
  const pending = iterator.next();
  await settle();
  const reason = new Error('enough');
  controller.abort(reason);
  t.is(await t.throwsAsync(pending), reason);
});

test('abort with several tokens asked for settles them all', async (t) => {
  const controller = new AbortController();
  const { predictor } = hangingAt(1);
  const iterator = started(predictor, three(), controller.signal);
  const pending = Promise.allSettled([iterator.next(), iterator.next(), iterator.return?.()]);
  await settle();
  const reason = new Error('enough');
  controller.abort(reason);
  const [first, ...rest] = await pending;
  t.deepEqual(first, { status: 'rejected', reason });
  t.deepEqual(rest, [
    { status: 'fulfilled', value: done },
    { status: 'fulfilled', value: done },
  ]);
});

test('a signal of one decoder ends all of them with its reason', async (t) => {
  const controller = new AbortController();
  const predictor = new TablePredictor(tokenizer, endless);
  const decoder: PromptDecoder<TableState> = (predictor, prompt, index) =>
    greedy(predictor, { prompt, ...(index === 1 && { signal: controller.signal }) });
  const iterator = generateMany(predictor, ['', '', ''], decoder)[Symbol.asyncIterator]();
  await iterator.next();
  const reason = new Error('enough of this one');
  controller.abort(reason);
  const rest: AsyncIterable<IndexedToken> = { [Symbol.asyncIterator]: () => iterator };
  t.is((await collectUntilError(rest)).error, reason);
  t.is(predictor.liveStates, 0);
});

test('the end, break, an error and abort leave no listener on the signal', async (t) => {
  const controller = new AbortController();
  const { signal } = controller;
  const options = { concurrency: 3, signal };
  const listeners = (): number => getEventListeners(signal, 'abort').length;
  const predictor = new TablePredictor(tokenizer, endless);
  for await (const _ of generateMany(predictor, three(), greedily, options)) t.is(listeners(), 1);
  t.is(listeners(), 0);
  for await (const _ of generateMany(predictor, three(), greedily, options)) break;
  t.is(listeners(), 0);
  await t.throwsAsync(toArray(generateMany(failingAt(2, new Error('no')), three(), greedily, options)));
  t.is(listeners(), 0);
  await generateMany(predictor, three(), greedily, options)[Symbol.asyncIterator]().next();
  controller.abort();
  t.is(listeners(), 0);
});

// ── A model's tensors ──

test.serial('the end, break and abort leave no tensor behind', async (t) => {
  const model = new LanguageModel({ cell: 'lstm', tokenizer, embeddingSize: 4, hiddenSize: 6 });
  const before = tf.memory().numTensors;
  const controller = new AbortController();
  const { signal } = controller;
  const tokens = generateMany(
    model,
    ['', 'a', 'ab'],
    (predictor, prompt) => beamSearch(predictor, { prompt, beams: 3, maxLength: 5 }),
    { signal },
  );
  await toArray(tokens);
  t.is(tf.memory().numTensors, before);
  for await (const _ of tokens) break;
  t.is(tf.memory().numTensors, before);
  await tokens[Symbol.asyncIterator]().next();
  controller.abort();
  t.is(tf.memory().numTensors, before);
  model.dispose();
});
