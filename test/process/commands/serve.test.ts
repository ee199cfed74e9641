import { once } from 'node:events';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import fc from '../../support/fastCheck.js';
import { smallModel } from '../../support/languageModels.js';
import { programAt } from '../../support/places.js';
import { runNode } from '../../support/runProgram.js';
import { dataOf, partsOf } from '../../support/served.js';
import { startServer } from '../../support/startServer.js';
import { sweep, sweepOf } from '../../support/sweeps.js';

const dir = mkdtempSync(join(tmpdir(), 'babblebrook-serve-'));
const run = join(dir, 'small');
// It never ends by itself: EOS is as improbable as any token.
const model = smallModel({ cell: 'gru', hiddenSize: 16, seed: 2 });
mkdirSync(run);
await model.save(join(run, 'best'));
model.dispose();
const KEY = 'sk-test';
const server = await startServer(['--run', run, '--max-tokens', '200000'], { BABBLEBROOK_API_KEY: KEY });
const headers = { 'content-type': 'application/json', authorization: `Bearer ${KEY}` };
const post = (fields: object, init: RequestInit = {}, { url } = server): Promise<Response> =>
  fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ model: 'small', ...fields }),
    ...init,
  });
/** A generation that is under way for long: what ends it, others forbid. */
const long = { prompt: 'abc', max_tokens: 200_000, logit_bias: { 1: -100 } };

test.after.always(async () => {
  server.child.kill('SIGKILL');
  await rm(dir, { recursive: true, force: true });
});

/** Sends bytes, one part after the other, and gives all that comes back until the connection is closed, or until it waits. */
async function talk(parts: readonly (string | Uint8Array)[], { pause = 0, patience = 20_000 } = {}): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  const answer = text(socket).catch(() => '');
  for (const part of parts) {
    socket.write(part);
    if (pause > 0) await setTimeout(pause);
  }
  const hang = setTimeout(patience, 'hangs', { ref: false });
  const said = await Promise.race([answer, hang]);
  socket.destroy();
  return said;
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);

test('a model is called by the name of its run, and answers', async (t) => {
  const models = await fetch(`${server.url}/v1/models`, { headers });
  t.like(await models.json(), { data: [{ id: 'small' }] });
  const response = await post({ prompt: 'a', max_tokens: 5, seed: 1 });
  t.is(response.status, 200);
  const { choices } = (await response.json()) as { choices: { text: string }[] };
  const parts = partsOf(dataOf(await (await post({ prompt: 'a', max_tokens: 5, seed: 1, stream: true })).text()));
  t.is(choices[0]?.text, parts.flatMap((part) => part.choices.map((choice) => choice.text)).join(''));
});

test('the key of the environment is asked for', async (t) => {
  t.is((await post({}, { headers: { 'content-type': 'application/json' } })).status, 401);
  t.is((await fetch(`${server.url}/v1/models`, { headers: { authorization: 'Bearer x' } })).status, 401);
  t.is((await fetch(`${server.url}/healthz`)).status, 200);
});

test('a name that was bound anew to this address is refused', async (t) => {
  const get = (host: string): Promise<string> =>
    talk([`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`]);
  t.is(statusOf(await get('evil.example')), 403);
  t.is(statusOf(await get(`evil.example:${server.port}`)), 403);
  for (const host of [`127.0.0.1:${server.port}`, 'localhost', `[::1]:${server.port}`])
    t.is(statusOf(await get(host)), 200, host);
  const absolute = 'GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  t.is(statusOf(await talk([absolute])), 403);
});

test('a client that goes away stops its work', async (t) => {
  const gone = new AbortController();
  const response = await post({ ...long, stream: true }, { signal: gone.signal });
  const reader = response.body?.getReader();
  await reader?.read();
  gone.abort();
  for (let turn = 0; turn < 500 && !server.log().includes('499 left'); turn++) await setTimeout(20);
  t.regex(server.log(), /POST \/v1\/completions 499 left small 3\+\d+ tokens first after \d+ ms \d+ ms/);
});

test('what is asked does not stand in the log', async (t) => {
  await post({ prompt: 'a secret prompt', max_tokens: 2 });
  await fetch(`${server.url}/a-secret-path?with=secret`, { headers });
  await setTimeout(50);
  t.notRegex(server.log(), /secret/);
  for (const line of server.log().trimEnd().split('\n').slice(1))
    t.regex(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z [A-Z]+ (\/[\w/]+|other) \d{3} (done|refused|left|failed) /);
});

const REQUEST = `POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer ${KEY}\r\n`;
const body = JSON.stringify({ model: 'small', prompt: 'a', max_tokens: 2 });

/** What is wrong with a connection, and what may come of it: a status, or 0 where it is closed without a word. */
const ODD: readonly (readonly [what: string, parts: readonly string[], statuses: readonly number[]])[] = [
  ['half a request line', ['POST /v1/comp'], [0, 400, 408]],
  ['half a header', [REQUEST.slice(0, -10)], [0, 400, 408]],
  [
    'headers that never end',
    [REQUEST, ...Array.from({ length: 50 }, (_, at) => `X-${at}: ${'y'.repeat(1000)}\r\n`)],
    [431],
  ],
  ['a body that ends early', [`${REQUEST}Content-Length: 500\r\n\r\n${body}`], [0, 400, 408]],
  ['a body that never comes', [`${REQUEST}Content-Length: 50\r\n\r\n`], [0, 400, 408]],
  [
    'a chunk of a gigabyte',
    [`${REQUEST}Transfer-Encoding: chunked\r\n\r\n40000000\r\n`, 'x'.repeat(3_000_000)],
    [0, 413],
  ],
  ['a body of a gigabyte', [`${REQUEST}Content-Length: 1073741824\r\n\r\n`], [413]],
  ['a chunk that is none', [`${REQUEST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`], [0, 400]],
  ['two lengths', [`${REQUEST}Content-Length: 5\r\nContent-Length: 6\r\n\r\n`], [400]],
  ['a length and chunks', [`${REQUEST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`], [400]],
  ['another protocol', ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'], [400]],
  ['no Host', ['GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'], [400]],
  ['a Host that is none', ['GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'], [400]],
  ['CONNECT', ['CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n'], [0, 400, 404, 405]],
  [
    'an upgrade',
    ['GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    [0, 200],
  ],
];

/** Those that are over when a time is: tried by `npm run test:slow`. */
const isSlow = (what: string): boolean => what.startsWith('half') || what.startsWith('a body that');

for (const [what, parts, statuses] of sweep(ODD, ([what]) => !isSlow(what)))
  test(`${what} is refused, or the connection closed`, async (t) => {
    // A minute, for what a body may take, and some.
    const answer = await talk(parts, { patience: 100_000 });
    t.true(statuses.includes(statusOf(answer)), answer);
    if (statusOf(answer) >= 400)
      t.is(typeof JSON.parse(answer.split('\r\n\r\n').at(-1) ?? '').error.message, 'string', answer);
    if (what !== 'an upgrade') t.not(answer, 'hangs');
  });

test('a body that comes byte by byte is read', async (t) => {
  const parts = [...`${REQUEST}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`];
  t.is(statusOf(await talk(parts, { pause: 1 })), 200);
});

test('requests behind each other on one connection are answered in their order', async (t) => {
  const one = `${REQUEST}Content-Length: ${body.length}\r\n\r\n${body}`;
  const last = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  const answer = await talk([one + one + last]);
  t.deepEqual(
    [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
    ['200', '200', '200'],
  );
});

test('whatever bytes come, the answer is no 5xx, and the server goes on', async (t) => {
  const line = fc.constantFrom(REQUEST, 'GET /metrics HTTP/1.1\r\n', 'GET /v1/models HTTP/1.0\r\n', '');
  const rest = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.constantFrom(
      '\r\n',
      'Content-Length: 3\r\n\r\n{}',
      'Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
      'Host: x\r\n\r\n',
    ),
  );
  await fc.assert(
    fc.asyncProperty(line, fc.array(rest, { maxLength: 4 }), async (line, rest) => {
      const answer = await talk([line, ...rest], { patience: 200 });
      t.false([...answer.matchAll(/HTTP\/1\.1 5\d\d/g)].length > 0, answer);
    }),
    { numRuns: sweepOf(300, 40) },
  );
  t.is((await fetch(`${server.url}/healthz`)).status, 200);
});

test('SIGTERM ends what is under way, takes nothing new, and the exit code is 0', async (t) => {
  const own = await startServer(['--run', run, '--max-tokens', '20000']);
  const ask = { ...long, max_tokens: 20_000, seed: 3 };
  const under = await post({ ...ask, stream: true }, {}, own);
  const whole = post(ask, {}, own);
  // What ended an answer too early is in the error's cause and in what the server said.
  t.teardown(() => {
    if (!t.passed) t.log(own.log(), own.child.exitCode, own.child.signalCode);
  });
  const streamed = under.text().catch((error: Error) => {
    t.log(error.cause);
    throw error;
  });
  const areRunning = async () =>
    (await (await fetch(`${own.url}/metrics`)).text()).includes('running{model="small"} 2');
  while (!(await areRunning())) await setTimeout(5);
  own.child.kill('SIGTERM');
  while (!own.log().includes('ending')) await setTimeout(5);
  // Over a new connection nothing, over one that is still there a refusal.
  const refused = await fetch(`${own.url}/healthz`).then(
    ({ status }) => status,
    () => 'closed',
  );
  t.true(refused === 503 || refused === 'closed');
  const parts = partsOf(dataOf(await streamed));
  t.is(parts.at(-1)?.choices[0]?.finish_reason, 'length');
  const { choices } = (await (await whole).json()) as { choices: { text: string }[] };
  t.is(choices[0]?.text, parts.flatMap((part) => part.choices.map((choice) => choice.text)).join(''));
  if (own.child.exitCode === null) await once(own.child, 'exit');
  t.is(own.child.exitCode, 0);
});

test('a second signal ends it at once', async (t) => {
  const own = await startServer(['--run', run, '--max-tokens', '200000']);
  const under = await post({ ...long, stream: true }, {}, own);
  own.child.kill('SIGINT');
  while (!own.log().includes('ending')) await setTimeout(5);
  t.is(await own.end('SIGINT'), 130);
  await t.throwsAsync(under.text());
});

test('a port that is taken, runs of one name, and an empty key are mistakes in one line', async (t) => {
  const serve = async (...flags: string[]) =>
    runNode(programAt('scripts/serve.ts', '--no-page', '--run', run, ...flags), {
      ...process.env,
      BABBLEBROOK_API_KEY: undefined,
    });
  const taken = await serve('--port', String(server.port));
  t.is(taken.code, 2);
  t.regex(taken.stderr, /^Expected to listen at port \d+ of 127\.0\.0\.1, but .*EADDRINUSE.*\n$/);
  const twice = await serve(join(dir, 'other', 'small'));
  t.deepEqual(
    [twice.code, twice.stderr],
    [2, 'Expected --run to be directories of different names, got small twice\n'],
  );
  const empty = await serve('--port', '0', '--api-key', '');
  t.deepEqual([empty.code, /^Expected --api-key to be .+\n$/.test(empty.stderr)], [2, true]);
});
