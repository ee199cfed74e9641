import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { byteTokenizer } from '../../support/byteTokenizer.js';
import { answerOf, dataOf, eventsOf, letters, partsOf, serverOf, textsOf, tokenizer } from '../../support/served.js';
import { recitation, sameEverywhere, TablePredictor } from '../../support/tablePredictor.js';

/** Longer than tokens are gathered for: each is sent alone. */
const SLOWLY = 25;
const slowly = () => setTimeout(SLOWLY);
const endless = sameEverywhere(tokenizer, { a: 0.5, b: 0.3, c: 0.2 });
const ask = { model: 'm', stream: true, temperature: 0 };

test('a stream is events of data, parts of one completion, and [DONE]', async (t) => {
  const { post } = serverOf(new TablePredictor(tokenizer, letters, slowly));
  const response = await post('/v1/completions', { ...ask, prompt: 'a' });
  t.is(response.status, 200);
  t.regex(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  const text = await response.text();
  t.regex(text, /^(data: \{.+\}\n\n)+data: \[DONE\]\n\n$/);
  const parts = partsOf(dataOf(text));
  t.is(new Set(parts.map(({ id }) => id)).size, 1);
  for (const part of parts) t.like(part, { object: 'text_completion', model: 'm', created: parts[0]?.created });
  t.true(parts.every((part) => !('usage' in part)));
  t.deepEqual(
    parts.flatMap(({ choices }) => choices.map(({ text, finish_reason }) => [text, finish_reason])),
    [
      ['b', null],
      ['c', null],
      ['', 'stop'],
    ],
  );
});

test('with include_usage, a last part without choices has it, and the others null', async (t) => {
  const { stream } = serverOf();
  const parts = partsOf(await stream({ ...ask, prompt: 'ab', stream_options: { include_usage: true } }));
  const last = parts.pop();
  t.like(last, { choices: [], usage: { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 } });
  t.true(parts.length > 0 && parts.every(({ usage }) => usage === null));
});

test('a stream says what the whole completion says, choice by choice', async (t) => {
  const { stream, complete } = serverOf();
  for (const fields of [
    { prompt: ['a', 'bc'], n: 3, seed: 4, max_tokens: 30 },
    { prompt: 'a', n: 3, decoder: 'beam', beams: 4 },
    { prompt: 'ab', seed: 2, stop: ['ca', 'bb'], max_tokens: 30, echo: true },
    { prompt: 'ab', seed: 2, logprobs: 2, echo: true, max_tokens: 30, n: 2 },
  ]) {
    const whole = (await complete(fields)).body.choices;
    const parts = partsOf(await stream(fields));
    t.deepEqual(
      textsOf(parts),
      whole.map(({ text }) => text),
    );
    for (const { index, finish_reason, logprobs } of whole) {
      const own = parts.flatMap(({ choices }) => choices).filter((choice) => choice.index === index);
      t.deepEqual(
        own.map((choice) => choice.finish_reason),
        [...own.slice(1).map(() => null), finish_reason],
      );
      for (const name of ['tokens', 'token_logprobs', 'top_logprobs', 'text_offset'] as const) {
        const joined = own.flatMap<unknown>((choice) => [...(choice.logprobs?.[name] ?? [])]);
        t.deepEqual(joined, [...(logprobs?.[name] ?? [])], name);
      }
    }
  }
});

test('every part holds whole characters, whatever the tokens are', async (t) => {
  const text = 'é €, 😀 and x';
  const { stream } = serverOf(new TablePredictor(byteTokenizer, recitation(byteTokenizer, text), slowly));
  const parts = partsOf(await stream({ ...ask, max_tokens: 30 }));
  const texts = parts.flatMap(({ choices }) => choices.map((choice) => choice.text));
  t.is(texts.join(''), text);
  for (const one of texts) t.true([...one].length <= 1 && !one.includes('\ufffd'), one);
  const cut = partsOf(await stream({ ...ask, max_tokens: 2 + 1 + 2 }));
  t.deepEqual(textsOf(cut), ['é \ufffd']);
});

test('nothing is sent that may begin a stop string, until it is certain', async (t) => {
  const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'aabaababac'), slowly);
  const { post } = serverOf(predictor);
  const response = await post('/v1/completions', { ...ask, stop: 'bac' });
  let text = '';
  for (const part of partsOf(await eventsOf(response))) {
    text += part.choices.map((choice) => choice.text).join('');
    t.true('aabaaba'.startsWith(text), text);
  }
  t.is(text, 'aabaaba');
});

test('the first token is sent at once, the next ones as they come', async (t) => {
  const predictor = new TablePredictor(tokenizer, endless, slowly);
  const { post } = serverOf(predictor);
  const response = await post('/v1/completions', { ...ask, max_tokens: 1000 });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let token = 1; token <= 5; token++) {
    const { value } = (await reader?.read()) ?? {};
    t.regex(value ?? '', /"text":"a"/);
    t.true(predictor.calls.length <= token + 2, `${predictor.calls.length}`);
  }
  await reader?.cancel();
});

test('a beam search streams: what is certain comes before the rest is', async (t) => {
  // One hypothesis alone is possible, so each token is certain.
  const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'abcab'), slowly);
  const parts = partsOf(await serverOf(predictor).stream({ decoder: 'beam', beams: 3 }));
  t.deepEqual(
    parts.flatMap(({ choices }) => choices.map(({ text }) => text)),
    ['a', 'b', 'c', 'a', 'b', ''],
  );
});

test('an error before the first token is a status, one in the midst an event', async (t) => {
  const failing = (call: number) =>
    serverOf(
      new TablePredictor(tokenizer, endless, async (n) => {
        await slowly();
        if (n === call) throw new Error('broken');
      }),
    );
  const early = await answerOf(await failing(1).post('/v1/completions', ask));
  t.like(early, { status: 500 });
  const events = await failing(4).stream(ask);
  t.deepEqual(JSON.parse(events.at(-1) ?? ''), {
    error: { message: 'The model failed', type: 'server_error', param: null, code: null },
  });
  t.is(events.length, 4);
});

test('what cannot be used is a status, not a stream', async (t) => {
  t.like(await answerOf(await serverOf().post('/v1/completions', { ...ask, max_tokens: -1 })), { status: 400 });
});
