import test from 'ava';
import { serverOf } from '../../support/served.js';

const server = serverOf(undefined, { limits: { promptTokens: 8, maxTokens: 40, prompts: 3, choices: 4, beams: 5 } });

/** A field, and values of it that cannot be used. */
const REFUSED: Readonly<Record<string, readonly unknown[]>> = {
  prompt: [7, true, {}, [], [1.5], [-1], [6], ['a', 3], [['a']], [[3], 'a'], [[3], 3], [[99]], [null], ['a', null]],
  max_tokens: [-1, 1.5, '5', 41, true, [3]],
  temperature: [-0.1, 2.1, '1', [1]],
  top_p: [-0.1, 1.1, 'x'],
  top_k: [-2, 1.5, '3'],
  min_p: [-0.1, 1.1, {}],
  n: [0, 5, 1.5, '2'],
  best_of: [0, 5, 1.5, '2'],
  stop: ['', [''], ['a', ''], 7, [7], ['a', 'b', 'c', 'a', 'b'], {}, 'x'.repeat(1001), '\ude00'],
  seed: [1.5, '7', 2 ** 53, {}],
  echo: [1, 'true', {}],
  logprobs: [6, -1, 1.5, true],
  logit_bias: [5, [3], { a: 1 }, { 6: 1 }, { 3: 101 }, { 3: -101 }, { 3: '1' }, { '-1': 1 }, { '3.5': 1 }],
  frequency_penalty: [2.1, -2.1, '1'],
  presence_penalty: [2.1, -2.1, '1'],
  stream: [1, 'yes'],
  stream_options: [{ include_usage: true }, 5, []],
  user: [5, {}],
  suffix: ['x', 5, []],
  decoder: ['greedy', 'Beam', 5, {}],
  beams: [0, 6, 1.5, '3', 2],
  length_penalty: [-1, 11, '1', 0.5],
  something: [1, false, '', 0],
  messages: [[{ role: 'user', content: 'a' }]],
};

for (const [name, values] of Object.entries(REFUSED))
  test(`a value of ${name} that cannot be used is a 400 that names it`, async (t) => {
    for (const value of values) {
      const { status, body } = await server.complete({ prompt: 'a', [name]: value });
      t.is(status, 400, JSON.stringify(value));
      t.like(body.error, { type: 'invalid_request_error', param: name, code: 'invalid_value' }, JSON.stringify(value));
      t.true(body.error.message.includes(name.replace('messages', 'field messages')), body.error.message);
    }
  });

test('values that do not go together are a 400 that names one of them', async (t) => {
  for (const [param, fields] of [
    ['best_of', { n: 3, best_of: 2 }],
    ['best_of', { n: 1, best_of: 2, stream: true }],
    ['best_of', { n: 1, best_of: 2, decoder: 'beam' }],
    ['n', { n: 4, decoder: 'beam', beams: 3 }],
    ['temperature', { temperature: 0, decoder: 'beam' }],
    ['stream_options.include_everything', { stream: true, stream_options: { include_everything: true } }],
    ['include_usage', { stream: true, stream_options: { include_usage: 1 } }],
    ['prompt', { prompt: 'abcabcabc' }],
    ['prompt', { prompt: ['a', 'b', 'c', 'a'] }],
  ] as const) {
    const { status, body } = await server.complete({ prompt: 'a', ...fields });
    t.deepEqual([status, body.error.param], [400, param]);
  }
});

test('log-probabilities are told of so many tokens, over all sentences of a request', async (t) => {
  const { complete } = serverOf(undefined, { limits: { logprobTokens: 24 } });
  const status = async (fields: object) => (await complete({ prompt: 'a', seed: 1, ...fields })).status;
  for (const [fields, expected] of [
    [{ max_tokens: 24, logprobs: 1 }, 200],
    [{ max_tokens: 25, logprobs: 0 }, 400],
    [{ max_tokens: 25 }, 200],
    [{ max_tokens: 24, logprobs: 1, echo: true }, 400],
    [{ max_tokens: 3, logprobs: 1, n: 3, prompt: ['a', 'b', 'c'] }, 400],
    [{ max_tokens: 2, logprobs: 1, n: 4, prompt: ['a', 'b', 'c'] }, 200],
    [{ max_tokens: 3, logprobs: 1, n: 2, decoder: 'beam', beams: 8 }, 200],
    [{ max_tokens: 4, logprobs: 1, n: 2, decoder: 'beam', beams: 8 }, 400],
  ] as const)
    t.is(await status(fields), expected, JSON.stringify(fields));
});

test('a model that is not there is a 404, and none is a 400', async (t) => {
  for (const [model, status] of [
    ['x', 404],
    ['__proto__', 404],
    [7, 404],
    [null, 400],
    [undefined, 400],
  ] as const) {
    const answer = await server.complete({ model, prompt: 'a' });
    t.deepEqual([answer.status, answer.body.error.param], [status, 'model']);
  }
});

test('names that every object has are fields like others', async (t) => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    const response = await server.post('/v1/completions', `{"model":"m","prompt":"a","${name}":{"n":99}}`);
    t.is(response.status, 400);
  }
});

test('a body that is no JSON object, no UTF-8 or too long, or not called JSON, is refused', async (t) => {
  const small = serverOf(undefined, { limits: { bodyBytes: 100 } });
  const post = async (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    small.request('/v1/completions', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  for (const body of ['', '{', '[]', '7', 'null', '"a"', '{"a":1}x']) t.is((await post(body)).status, 400, body);
  t.is((await post(Uint8Array.of(0x7b, 0xff, 0x7d))).status, 400);
  t.is((await post('x'.repeat(101))).status, 413);
  const chunks = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(60)) });
  const init = {
    method: 'POST',
    body: chunks,
    duplex: 'half',
    headers: { 'content-type': 'application/json' },
  } as const;
  t.is((await small.request('/v1/completions', init)).status, 413);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', ''])
    t.is((await post('{}', { 'content-type': type })).status, 415, type);
  t.is((await post('{}', { 'content-encoding': 'gzip' })).status, 415);
  t.is((await post('{"model":"m"}', { 'content-type': 'application/json; charset=utf-8' })).status, 200);
});

test('a body in chunks of one byte takes little more memory than its bytes', async (t) => {
  const bytes = new TextEncoder().encode(JSON.stringify({ model: 'm', prompt: 'é'.repeat(200_000), max_tokens: -1 }));
  let at = 0;
  let most = 0;
  const start = process.memoryUsage().heapUsed;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at === bytes.length) return controller.close();
        controller.enqueue(bytes.slice(at, ++at));
        if (at % 50_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - start);
      },
    },
    { highWaterMark: 0 },
  );
  const init = { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/json' } } as const;
  t.is((await server.request('/v1/completions', init)).status, 400);
  t.true(most < 64 * 2 ** 20, `${most}`);
});

test('a body that takes too long is refused, and its stream is closed', async (t) => {
  const slow = serverOf(undefined, { limits: { bodySeconds: 0.02 } });
  let closed = false;
  const body = new ReadableStream({
    cancel: () => {
      closed = true;
    },
  });
  const init = { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/json' } } as const;
  t.is((await slow.request('/v1/completions', init)).status, 408);
  t.true(closed);
});

test('a body that nests a hundred thousand deep is refused', async (t) => {
  const response = await server.post('/v1/completions', `{"model":"m","prompt":${'['.repeat(100_000)}`);
  t.is(response.status, 400);
  const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  t.is((await server.post('/v1/completions', `{"model":"m","prompt":${nested}}`)).status, 400);
});
