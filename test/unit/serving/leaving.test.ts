import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { random } from '../../../src/random.js';
import { settle } from '../../support/eventLoop.js';
import fc from '../../support/fastCheck.js';
import { answerOf, eventsOf, letters, partsOf, serverOf, textsOf, tokenizer } from '../../support/served.js';
import { sweepOf } from '../../support/sweeps.js';
import { sameEverywhere, TablePredictor } from '../../support/tablePredictor.js';

const endless = sameEverywhere(tokenizer, { a: 0.5, b: 0.3, c: 0.2 });
const slowly = () => setTimeout(2);
const long = { model: 'm', prompt: 'a', temperature: 0, max_tokens: 4000 };

/** A predictor that never ends by itself, and whether it rests: no state left, and no more calls. */
function slowModel() {
  const predictor = new TablePredictor(tokenizer, endless, slowly);
  const rests = async (): Promise<boolean> => {
    for (let turn = 0; turn < 200 && predictor.liveStates > 0; turn++) await setTimeout(5);
    const calls = predictor.calls.length;
    await setTimeout(20);
    return predictor.liveStates === 0 && predictor.calls.length === calls && calls < 1000;
  };
  return { predictor, rests };
}

test('a reader that leaves a stream ends its work', async (t) => {
  const { predictor, rests } = slowModel();
  const { post } = serverOf(predictor);
  const response = await post('/v1/completions', { ...long, stream: true });
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  t.true(await rests());
});

for (const decoder of ['sample', 'beam'])
  for (const stream of [true, false])
    test(`a client that goes away ends its work: ${decoder}, stream ${stream}`, async (t) => {
      const { predictor, rests } = slowModel();
      const { post } = serverOf(predictor);
      const gone = new AbortController();
      const ask = { ...long, temperature: 1, decoder, n: 3, stream, logprobs: 1 };
      const answer = post('/v1/completions', ask, { signal: gone.signal });
      // A search for several sentences tells none before its end.
      const streams = stream && decoder === 'sample';
      if (streams) t.is((await answer).status, 200);
      else await setTimeout(20);
      gone.abort();
      if (!streams) t.is((await answer).status, 499);
      t.true(await rests());
    });

test('a client that has gone before its request is read costs nothing', async (t) => {
  const { predictor } = slowModel();
  t.is((await serverOf(predictor).post('/v1/completions', long, { signal: AbortSignal.abort() })).status, 499);
  t.is(predictor.calls.length, 0);
});

test('a client that has gone before its request is read takes no place in the queue', async (t) => {
  const { predictor, rests } = slowModel();
  const { post } = serverOf(predictor, { limits: { concurrency: 1, queue: 1 } });
  const gone = new AbortController();
  const running = post('/v1/completions', long, { signal: gone.signal });
  await setTimeout(10);
  t.is((await post('/v1/completions', long, { signal: AbortSignal.abort() })).status, 499);
  const waiting = post('/v1/completions', { ...long, max_tokens: 1 });
  gone.abort();
  t.deepEqual([(await running).status, (await waiting).status], [499, 200]);
  t.true(await rests());
});

test('who waits is sent away when there is no room, and has room when others have left', async (t) => {
  const { predictor, rests } = slowModel();
  const { post, handler } = serverOf(predictor, { limits: { concurrency: 1, queue: 2 } });
  const clients = Array.from({ length: 3 }, () => new AbortController());
  const answers = clients.map(({ signal }) => post('/v1/completions', long, { signal }));
  await setTimeout(10);
  const full = await answerOf(await post('/v1/completions', long));
  t.is(full.status, 429);
  t.like(full.body.error, { type: 'rate_limit_error', code: 'queue_full' });
  t.true(Number(full.headers.get('retry-after')) >= 1);
  // One that waits leaves: its place is free.
  clients[1]?.abort();
  t.is((await answers[1])?.status, 499);
  const last = post('/v1/completions', { ...long, max_tokens: 1 });
  clients[0]?.abort();
  clients[2]?.abort();
  t.is((await last).status, 200);
  t.true(await rests());
  await handler.close();
});

test('more sentences than there can ever be room for are a 400', async (t) => {
  const { complete } = serverOf(undefined, { limits: { concurrency: 2, queue: 3 } });
  t.is((await complete({ prompt: 'a', n: 5 })).status, 200);
  t.is((await complete({ prompt: 'a', n: 6 })).status, 400);
  t.is((await complete({ prompt: ['a', 'b', 'c'], n: 2 })).status, 400);
});

test('a beam search takes the room of its beams, and all there is where that is less', async (t) => {
  const { predictor, rests } = slowModel();
  const { post, complete, get } = serverOf(predictor, { limits: { concurrency: 4, queue: 4 } });
  const search = { ...long, temperature: 1, decoder: 'beam', beams: 4 };
  const clients = [new AbortController(), new AbortController()];
  const answers = clients.map(({ signal }) => post('/v1/completions', search, { signal }));
  await setTimeout(20);
  t.is((await complete({ prompt: 'a', max_tokens: 1 })).status, 429);
  t.is((await complete({ ...search, prompt: ['a', 'b', 'c'] })).status, 400);
  t.true(predictor.calls.every(({ rows }) => rows.length <= 4));
  clients[1]?.abort();
  // One sentence waits until all four beams have ended.
  const behind = complete({ prompt: 'a', max_tokens: 1 });
  clients[0]?.abort();
  t.is((await behind).status, 200);
  t.deepEqual(await Promise.all(answers.map(async (answer) => (await answer).status)), [499, 499]);
  t.is((await complete({ ...search, beams: 8, max_tokens: 2 })).status, 200);
  t.is((await get('/healthz')).status, 200);
  t.true(await rests());
});

test('a request that takes too long ends: with a status, or in the midst of a stream', async (t) => {
  const { predictor, rests } = slowModel();
  const { post, stream } = serverOf(predictor, { limits: { requestSeconds: 0.1 } });
  const { status, body } = await answerOf(await post('/v1/completions', long));
  t.deepEqual([status, body.error.code], [503, 'timeout']);
  const events = await stream(long);
  t.is(JSON.parse(events.at(-1) ?? '').error.code, 'timeout');
  t.true(await rests());
});

test('a stream that nobody reads is given up', async (t) => {
  const { predictor, rests } = slowModel();
  const { post } = serverOf(predictor, { limits: { idleSeconds: 0.05 } });
  const response = await post('/v1/completions', { ...long, stream: true });
  const reader = response.body?.getReader();
  await reader?.read();
  await setTimeout(80);
  await t.throwsAsync(async () => reader?.read(), { message: /not read in time/ });
  t.true(await rests());
});

test('to close is to end what is under way, and to take nothing new', async (t) => {
  const { handler, post, get } = serverOf(new TablePredictor(tokenizer, letters, slowly));
  const under = post('/v1/completions', { ...long, temperature: 1, seed: 1 });
  const streamed = post('/v1/completions', { ...long, temperature: 1, seed: 1, stream: true });
  await setTimeout(5);
  const closed = handler.close();
  const late = await answerOf(await post('/v1/completions', long));
  t.deepEqual([late.status, late.body.error.code, late.headers.get('retry-after')], [503, 'shutting_down', '1']);
  t.is((await get('/healthz')).status, 503);
  const { choices } = (await answerOf(await under)).body;
  t.is(choices[0]?.finish_reason, 'stop');
  t.deepEqual(textsOf(partsOf(await eventsOf(await streamed))), [choices[0]?.text]);
  await closed;
});

test('to close is to wait for the model, also where the client that it works for has left', async (t) => {
  let answerCall = (): void => {};
  const call = new Promise<void>((resolve) => {
    answerCall = resolve;
  });
  const predictor = new TablePredictor(tokenizer, letters, () => call);
  const { handler, post } = serverOf(predictor);
  const gone = new AbortController();
  const answer = post('/v1/completions', long, { signal: gone.signal });
  while (predictor.calls.length === 0) await setTimeout(1);
  gone.abort();
  t.is((await answer).status, 499);
  let closed = false;
  const closing = handler.close().then(() => {
    closed = true;
  });
  await settle();
  t.false(closed);
  answerCall();
  await closing;
  t.deepEqual([predictor.calls.length, predictor.liveStates], [1, 0]);
});

test('clients that leave whenever they like leave nothing, and change nothing for those who stay', async (t) => {
  const fields = fc.record({
    prompt: fc.constantFrom('', 'a', 'cb', 'abcab'),
    seed: fc.integer({ min: 0, max: 99 }),
    n: fc.integer({ min: 1, max: 3 }),
    max_tokens: fc.integer({ min: 1, max: 40 }),
    decoder: fc.constantFrom('sample', 'beam'),
    /** After so many parts; then it does not leave. */
    parts: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fields, { maxLength: 12 }),
      fc.integer({ min: 1, max: 9 }),
      async (clients, concurrency) => {
        const { uniform } = random(1, 'delays');
        const predictor = new TablePredictor(tokenizer, letters, (call) => (uniform(call) < 0.1 ? setTimeout(2) : 0));
        const { post, handler } = serverOf(predictor, { limits: { concurrency } });
        await Promise.all(
          clients.map(async ({ parts, ...fields }) => {
            const response = await post('/v1/completions', { model: 'm', stream: true, ...fields });
            if (parts === undefined) {
              const alone = await serverOf().complete(fields);
              t.deepEqual(
                textsOf(partsOf(await eventsOf(response))),
                alone.body.choices.map(({ text }) => text),
              );
              return;
            }
            const reader = response.body?.getReader();
            for (let part = 0; part < parts; part++) await reader?.read();
            await reader?.cancel();
          }),
        );
        await handler.close();
        t.is(predictor.liveStates, 0);
      },
    ),
    { numRuns: sweepOf(60, 15) },
  );
});
