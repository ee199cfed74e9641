import test from 'ava';
import fc from '../../support/fastCheck.js';
import { letters, serverOf, tokenizer } from '../../support/served.js';
import { sweepOf } from '../../support/sweeps.js';
import { TablePredictor } from '../../support/tablePredictor.js';

const predictor = new TablePredictor(tokenizer, letters);
const server = serverOf(predictor, { limits: { bodyBytes: 20_000, bodySeconds: 1 } });

/** Fields of a request, and values that they may have: right ones, near ones, and any. */
const anything = fc.oneof(
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  fc.integer({ min: -3, max: 30 }),
  fc.double({ min: -3, max: 3, noNaN: true }),
  fc.constantFrom('sample', 'beam', 'a', 'abc', '', true, false, null),
  fc.array(fc.integer({ min: -1, max: 7 }), { maxLength: 5 }),
  fc.array(fc.string(), { maxLength: 5 }),
);
const NAMES = [
  ...['prompt', 'max_tokens', 'temperature', 'top_p', 'top_k', 'min_p', 'n', 'best_of', 'stop', 'seed', 'echo'],
  ...['logprobs', 'logit_bias', 'frequency_penalty', 'presence_penalty', 'stream', 'stream_options', 'user'],
  ...['suffix', 'decoder', 'beams', 'length_penalty'],
];
const bodies = fc
  .dictionary(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...NAMES) }, fc.string()), anything, { maxKeys: 6 })
  .map((fields) => JSON.stringify({ model: 'm', ...fields }));

/** Reads an answer to its end; it is one, or a refusal with an object. */
async function check(response: Response): Promise<void> {
  const text = await response.text();
  if (response.status === 200) return;
  if (response.status < 400 || response.status > 499) throw new Error(`${response.status} ${text}`);
  const { error } = JSON.parse(text);
  if (typeof error.message !== 'string' || typeof error.type !== 'string') throw new Error(text);
}

// Serial, for what one test holds, another counts.
test.serial('whatever the fields are, the answer is one or a refusal that says why', async (t) => {
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => check(await server.post('/v1/completions', body))),
    { numRuns: sweepOf(2000, 200) },
  );
  t.is(predictor.liveStates, 0);
});

test.serial('whatever the body is, in whatever chunks, the same holds', async (t) => {
  const cuts = fc.array(fc.nat(60), { maxLength: 4 });
  const broken = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.string().map((text) => new TextEncoder().encode(text)),
    bodies.map((body) => new TextEncoder().encode(body.slice(0, -1))),
    bodies.map((body) => new TextEncoder().encode(body)),
  );
  const paths = fc.constantFrom('/v1/completions', '/tokenize', '/detokenize', '/v1/models', '/metrics');
  await fc.assert(
    fc.asyncProperty(broken, cuts, paths, async (bytes, cuts, path) => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          let at = 0;
          for (const length of cuts) {
            controller.enqueue(bytes.slice(at, at + length));
            at += length;
          }
          controller.enqueue(bytes.slice(at));
          controller.close();
        },
      });
      const headers = { 'content-type': 'application/json' };
      await check(await server.request(path, { method: 'POST', body, duplex: 'half', headers }));
    }),
    { numRuns: sweepOf(1000, 100) },
  );
  t.is(predictor.liveStates, 0);
});

test.serial('whatever path, method and headers are asked with, the same holds', async (t) => {
  const paths = fc.oneof(
    fc.webPath(),
    fc.constantFrom('/v1/models/', '/v1/models/%00', '/v1/completions?x', '/healthz', '//', '/v1/models/__proto__'),
  );
  const methods = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD');
  const names = fc.constantFrom(
    'authorization',
    'content-type',
    'content-length',
    'content-encoding',
    'host',
    'origin',
  );
  const headers = fc.dictionary(names, fc.stringMatching(/^[\x21-\x7e]{0,20}$/));
  await fc.assert(
    fc.asyncProperty(paths, methods, headers, async (path, method, headers) => {
      const response = await server.request(path, { method, headers });
      if (method === 'HEAD') t.true(response.status < 500);
      else await check(response);
    }),
    { numRuns: sweepOf(1000, 200) },
  );
});
