import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import type { RequestRecord } from '../../../src/serving.js';
import { completionsHandler } from '../../../src/serving.js';
import { answerOf, letters, serverOf, tokenizer } from '../../support/served.js';
import { TablePredictor } from '../../support/tablePredictor.js';

const model = () => new TablePredictor(tokenizer, letters);
const PATHS = ['/v1/models', '/v1/models/m', '/v1/completions', '/tokenize', '/tokenizer_info', '/metrics', '/nowhere'];

test('with an API key, nothing but /healthz answers who lacks it', async (t) => {
  const { request } = serverOf(undefined, { apiKey: 'sk-Secret_1' });
  const wrong = [
    'Bearer sk-Secret_',
    'Bearer sk-Secret_12',
    'Bearer sk-secret_1',
    'sk-Secret_1',
    'Basic sk-Secret_1',
    '',
  ];
  for (const path of PATHS)
    for (const authorization of [undefined, 'Bearer', 'Bearer ', ...wrong]) {
      const { status, headers, body } = await answerOf(
        await request(path, authorization === undefined ? {} : { headers: { authorization } }),
      );
      t.is(status, 401);
      t.like(body.error, { type: 'authentication_error', code: 'invalid_api_key' });
      t.is(headers.get('www-authenticate'), 'Bearer');
    }
  t.is((await request('/healthz')).status, 200);
  for (const authorization of ['Bearer sk-Secret_1', 'bearer  sk-Secret_1'])
    t.is((await request('/v1/models', { headers: { authorization } })).status, 200);
});

test('a server answers to its names alone', async (t) => {
  const { handler } = serverOf(undefined, { hosts: ['localhost', '127.0.0.1', '[::1]'] });
  const status = async (url: string, host?: string) =>
    (await handler(new Request(url, host === undefined ? {} : { headers: { host } }))).status;
  for (const host of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST:8000', '127.0.0.1:8000', '[::1]:8000'])
    t.is(await status(`http://${host}/v1/models`, host), 200, host);
  for (const host of ['evil.example', 'evil.example:8000', 'localhost.evil.example', '127.0.0.2', '[::2]:8000', ''])
    t.is(await status('http://localhost/healthz', host), 403, host);
  t.is(await status('http://evil.example/v1/models'), 403);
  t.is(await status('http://evil.example/v1/models', 'localhost'), 403);
});

test('pages of other origins hear nothing, but those that may ask', async (t) => {
  const ask = (cors: string | undefined, origin: string, method = 'GET') =>
    serverOf(undefined, { cors }).request('/v1/models', { method, headers: { origin } });
  const allowed = async (...args: Parameters<typeof ask>) =>
    (await ask(...args)).headers.get('access-control-allow-origin');
  t.is(await allowed(undefined, 'https://a.example'), null);
  t.is(await allowed('https://a.example', 'https://b.example'), null);
  t.is(await allowed('https://a.example', 'https://a.example'), 'https://a.example');
  t.is(await allowed('*', 'https://b.example'), '*');
  const preflight = await ask('https://a.example', 'https://a.example', 'OPTIONS');
  t.is(preflight.status, 204);
  t.regex(preflight.headers.get('access-control-allow-headers') ?? '', /^authorization, content-type, \*$/);
  t.is((await ask(undefined, 'https://a.example', 'OPTIONS')).status, 405);
  // An error is heard, too.
  const { request } = serverOf(undefined, { cors: '*', apiKey: 'k' });
  t.is((await request('/v1/models')).headers.get('access-control-allow-origin'), '*');
});

test('paths and methods that are none are errors with an object; those of chat models say what this is', async (t) => {
  const { request } = serverOf();
  const of = async (path: string, method: string) => answerOf(await request(path, { method }));
  for (const path of ['/', '/v1', '/v1/completions/', '/nowhere', '/V1/models', '/v1/models/'])
    t.like(await of(path, 'GET'), { status: 404 }, path);
  for (const path of ['/v1/chat/completions', '/v1/responses', '/v1/embeddings'])
    t.regex((await of(path, 'POST')).body.error.message, /know of no chat: POST \/v1\/completions/);
  for (const [path, method, allow] of [
    ['/v1/completions', 'GET', 'POST'],
    ['/v1/models', 'DELETE', 'GET'],
    ['/tokenize', 'PUT', 'POST'],
  ] as const) {
    const { status, headers } = await of(path, method);
    t.deepEqual([status, headers.get('allow')], [405, allow]);
  }
});

test('HEAD is GET without a body', async (t) => {
  const { request } = serverOf();
  for (const [path, status] of [
    ['/healthz', 200],
    ['/v1/models/m', 200],
    ['/nowhere', 404],
  ] as const) {
    const response = await request(path, { method: 'HEAD' });
    t.deepEqual([response.status, await response.text()], [status, '']);
  }
});

test('models are listed, and told of one by one', async (t) => {
  const handler = completionsHandler({ one: model(), 'org/two:v1.5': model() });
  const get = async (path: string) => {
    const response = await handler(new Request(`http://localhost${path}`));
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const { body } = await get('/v1/models');
  t.like(body, { object: 'list' });
  t.deepEqual(
    (body['data'] as { id: string }[]).map(({ id }) => id),
    ['one', 'org/two:v1.5'],
  );
  t.like(await get('/v1/models/org/two:v1.5'), { status: 200, body: { id: 'org/two:v1.5', object: 'model' } });
  t.like(await get('/v1/models/org%2Ftwo:v1.5'), { status: 200 });
  t.is((await get('/v1/models/three')).status, 404);
  t.is((await get('/v1/models/%ff')).status, 404);
});

test('texts become ids and come back; EOS has a name', async (t) => {
  const { post, get } = serverOf();
  const json = async (path: string, body: object) => (await post(path, body)).json();
  t.deepEqual(await json('/tokenize', { prompt: 'cab', add_special_tokens: false }), { count: 3, tokens: [5, 3, 4] });
  t.deepEqual(await json('/tokenize', { prompt: '<|endoftext|>' }), { count: 1, tokens: [1] });
  t.deepEqual(await json('/detokenize', { tokens: [5, 1, 3, 4] }), { prompt: 'cab' });
  t.like((await get('/tokenizer_info')).body, { eos_token: '<|endoftext|>', bos_token: null, vocab_size: 6 });
  for (const [path, body] of [
    ['/tokenize', {}],
    ['/tokenize', { prompt: 5 }],
    ['/tokenize', { prompt: 'a', model: 'x' }],
    ['/tokenize', { prompt: 'a', other: 1 }],
    ['/detokenize', { tokens: 'a' }],
    ['/detokenize', { tokens: [99] }],
    ['/detokenize', { tokens: [1.5] }],
  ] as const)
    t.true([400, 404].includes((await post(path, body)).status), JSON.stringify(body));
});

test('each request is told once, when it is over, without its texts', async (t) => {
  const records: RequestRecord[] = [];
  const { complete, stream, request, post } = serverOf(model(), { onRequest: (record) => void records.push(record) });
  await complete({ prompt: 'ab', temperature: 0 });
  await stream({ prompt: 'ab', temperature: 0 });
  await complete({ prompt: 'ab', temperature: 9 });
  await request('/secret-path?a=b');
  await (await post('/v1/completions', { model: 'm', stream: true, prompt: 'a', max_tokens: 4000 })).body?.cancel();
  await setTimeout(30);
  const short = records.map(({ method, route, status, outcome, promptTokens, completionTokens }) =>
    [method, route, status, outcome, promptTokens, completionTokens].join(' '),
  );
  t.deepEqual(short.slice(0, 4), [
    'POST /v1/completions 200 done 2 1',
    'POST /v1/completions 200 done 2 1',
    'POST /v1/completions 400 refused 0 0',
    'GET other 404 refused 0 0',
  ]);
  t.regex(short[4] ?? '', /^POST \/v1\/completions (499 left|200 done) 1 /);
  t.is(short.length, 5);
  for (const { duration, firstToken = 0 } of records) t.true(duration >= firstToken && firstToken >= 0);
  t.notRegex(JSON.stringify(records), /secret/);
});

test('metrics are what Prometheus reads', async (t) => {
  const { request, complete } = serverOf();
  await complete({ prompt: 'ab', temperature: 0 });
  await complete({ prompt: 'ab', n: -1 });
  const response = await request('/metrics');
  t.is(response.headers.get('content-type'), 'text/plain; version=0.0.4');
  const lines = (await response.text()).trimEnd().split('\n');
  for (const line of lines) t.regex(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? [\d.e+-]+)$/);
  for (const line of [
    'babblebrook_requests_total{route="/v1/completions",status="200",outcome="done"} 1',
    'babblebrook_requests_total{route="/v1/completions",status="400",outcome="refused"} 1',
    'babblebrook_tokens_total{model="m",kind="prompt"} 2',
    'babblebrook_tokens_total{model="m",kind="completion"} 1',
    'babblebrook_sentences_running{model="m"} 0',
    'babblebrook_first_token_seconds_count 1',
    'babblebrook_completion_seconds_count 1',
  ])
    t.true(lines.includes(line), line);
});

test('what there was no room for, or no time, counts neither as read nor as a first token', async (t) => {
  const never = new TablePredictor(tokenizer, letters, () => setTimeout(300));
  const { request, complete } = serverOf(never, { limits: { concurrency: 1, queue: 0, requestSeconds: 0.05 } });
  const late = complete({ prompt: 'ab' });
  t.is((await complete({ prompt: 'abcab' })).status, 429);
  t.is((await late).status, 503);
  const lines = (await (await request('/metrics')).text()).split('\n');
  for (const line of [
    'babblebrook_tokens_total{model="m",kind="prompt"} 2',
    'babblebrook_first_token_seconds_count 0',
    'babblebrook_completion_seconds_count 0',
  ])
    t.true(lines.includes(line), line);
});

test('what the handler is made of is checked', (t) => {
  const make = completionsHandler as (...args: unknown[]) => unknown;
  for (const models of [undefined, null, {}, 5, { m: 5 }, { m: {} }, { 'a b': model() }, { '': model() }])
    t.throws(() => make(models), { instanceOf: InvalidArgumentError });
  for (const options of [
    { limits: 5 },
    { limits: { queue: -1 } },
    { limits: { concurrency: 0 } },
    { limits: { concurrency: 1e12 } },
    { limits: { requestSeconds: 0 } },
    { apiKey: '' },
    { apiKey: 'a b' },
    { apiKey: 5 },
    { cors: 'example.org' },
    { cors: 'https://example.org/' },
    { hosts: 'localhost' },
    { hosts: [5] },
    { onRequest: 5 },
  ])
    t.throws(() => make({ m: model() }, options), { instanceOf: InvalidArgumentError }, JSON.stringify(options));
  const error = t.throws(() => make({ m: model() }, { apiKey: 'ä secret' }));
  t.notRegex(error?.message ?? '', /secret$/);
});
