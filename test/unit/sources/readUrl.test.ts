import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import test from 'ava';
import { SourceChangedError, SourceError, SourceFormatError } from '../../../src/errors.js';
import { readDocuments } from '../../../src/pipeline/readDocuments.js';
import { readText } from '../../../src/pipeline/readText.js';
import { spool } from '../../../src/pipeline/spool.js';
import { readUrl, type UrlOptions } from '../../../src/sources/readUrl.js';
import { collect, collectUntilError } from '../../support/collect.js';
import { type Giving, give, serverOf } from '../../support/faultyServer.js';

const LONG = Buffer.from(Array.from({ length: 30_000 }, (_, n) => `Sentence ${(n * 7919) % 99_991}.\n`).join(''));
const OTHER = Buffer.from(LONG.toString().replaceAll('Sentence', 'Sandwich'));
const FAST = { delay: 1 };

const read = (url: string, options: UrlOptions = FAST): Promise<string> => textOf(readUrl(new URL(url), options));

test('a text is read from its URL, as a string or an URL, by its suffix', async (t) => {
  const server = await serverOf(t, async (request, response) => {
    const name = new URL(request.url ?? '', 'http://x').pathname.slice(1);
    give(request, response, await readFile(`test/fixtures/sources/${name}`));
  });
  const texts = JSON.parse(await readFile('test/fixtures/sources/texts.json', 'utf8'));
  for (const name of ['pandas.jsonl', 'frames.jsonl.zst', 'python.jsonl.gz', 'pandas.tsv', 'zstd.parquet'])
    for (const source of [server.url(`/${name}?download=true`), new URL(server.url(`/${name}`))]) {
      const documents = await collect(readDocuments(source, { field: 'text' }));
      t.deepEqual(
        documents.map(({ text }) => text),
        texts,
        name,
      );
    }
});

const BREAKING: Readonly<Record<string, Giving>> = {
  'knows ranges and ETags': {},
  'knows ranges and when the text was changed': { headers: { 'last-modified': 'Tue, 24 Nov 2026 08:16:04 GMT' } },
  'does not know ranges': { ranges: false },
  'does not say how long the text is': { ranges: false, length: false },
  'says nothing of the text, so that nobody knows whether it is the same': { headers: {} },
  'has weak ETags': { headers: { etag: 'W/"1"' } },
};

for (const [what, giving] of Object.entries(BREAKING))
  test(`a text goes on where a connection broke, from a server that ${what}`, async (t) => {
    // A server that begins anew must come further each time.
    const { url, requests } = await serverOf(t, (request, response, count) =>
      give(request, response, LONG, { ...giving, breakAfter: count < 5 ? 50_000 * (count + 1) : Infinity }),
    );
    t.is(await read(url('/text.txt')), LONG.toString());
    t.true(requests.length > 2);
    const { etag, 'last-modified': modified } = { etag: '"1"', 'last-modified': undefined, ...giving.headers };
    const isKnown = giving.headers === undefined ? etag : modified;
    t.is(requests[1]?.headers.range, isKnown && 'bytes=50000-');
    t.is(requests[1]?.headers['if-range'], isKnown);
    t.true(requests.every(({ headers }) => headers['accept-encoding'] === 'identity'));
  });

for (const [what, giving] of Object.entries(BREAKING))
  test(`content that changed while a connection was broken is a SourceChangedError, from a server that ${what}`, async (t) => {
    const { url } = await serverOf(t, (request, response, count) => {
      const headers = Object.fromEntries(
        Object.entries(giving.headers ?? { etag: '"1"' }).map(([name, value]) => [
          name,
          count === 0 ? value : value.replace('1', '2'),
        ]),
      );
      give(request, response, count === 0 ? LONG : OTHER, {
        ...giving,
        headers,
        breakAfter: count === 0 ? 50_000 : Infinity,
      });
    });
    const error = await t.throwsAsync(read(url('/text.txt')), { instanceOf: SourceChangedError });
    t.regex(error?.message ?? '', /^Expected http:\S+\/text\.txt to stay as it was when it was first read, /);
  });

test('content that changed between two readings is a SourceChangedError, before any text', async (t) => {
  const { url } = await serverOf(t, (request, response, count) =>
    give(request, response, LONG, { headers: { etag: `"${count}"` } }),
  );
  const text = readText(url('/text.txt'));
  await collect(text);
  const { items, error } = await collectUntilError(text);
  t.deepEqual(items, []);
  t.true(error instanceof SourceChangedError);
  t.regex((error as Error).message, /first read, 476664 bytes, ETag "0", got 476664 bytes, ETag "1"$/);
});

test('a server that sends half, however often it is asked, is a SourceFormatError with the byte; or the rest is left out', async (t) => {
  const lines = Buffer.from('{"text": "one"}\n{"text": "two"}\n{"text": "three"}\n');
  const { url, requests } = await serverOf(t, (request, response) =>
    give(request, response, lines, {
      breakAfter: Math.max(0, 36 - Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0)),
    }),
  );
  const error = await t.throwsAsync(read(url('/a.jsonl'), { delay: 1, retries: 2 }), { instanceOf: SourceFormatError });
  t.like(error, { source: url('/a.jsonl'), byteOffset: 36 });
  t.regex(error?.message ?? '', /to send 50 bytes, got a part, however often it was asked: .*, at byte 36$/);
  t.is(requests.length, 3);
  const stats = { badRecords: 0 };
  const documents = await collect(readDocuments(url('/a.jsonl'), { field: 'text', onBad: 'skip', stats }));
  t.deepEqual(
    documents.map(({ text }) => text),
    ['one', 'two'],
  );
  t.is(stats.badRecords, 1);
});

test('redirects are followed, in circles not for ever, and to no other protocol', async (t) => {
  const { url } = await serverOf(t, (request, response) => {
    const path = request.url ?? '';
    if (path === '/text.txt') return give(request, response, LONG);
    const to = { '/a': '/b', '/b': '/text.txt', '/file': 'file:///etc/passwd', '/none': undefined }[path] ?? '/circle';
    response.writeHead(path === '/b' ? 307 : 302, path === '/none' ? {} : { location: to }).end();
  });
  t.is(await read(url('/a')), LONG.toString());
  await t.throwsAsync(read(url('/circle')), { instanceOf: SourceError, message: /got more than 10 redirects$/ });
  await t.throwsAsync(read(url('/file')), { instanceOf: SourceError, message: /got a redirect to file:/ });
  await t.throwsAsync(read(url('/none')), { instanceOf: SourceError, message: /got a redirect to nowhere$/ });
});

test('an answer that says to try again is tried again; any other is a SourceError at once', async (t) => {
  const { url, requests } = await serverOf(t, (request, response, count) => {
    if (request.url === '/gone') response.writeHead(404).end();
    else if (request.url === '/never' || count < 2) response.writeHead(503, { 'retry-after': '0' }).end();
    else give(request, response, LONG);
  });
  t.is(await read(url('/text.txt')), LONG.toString());
  t.is(requests.length, 3);
  await t.throwsAsync(read(url('/gone')), {
    instanceOf: SourceError,
    message: /to be there, got the answer 404 Not Found$/,
  });
  t.is(requests.length, 4);
  const error = await t.throwsAsync(read(url('/never'), { delay: 1, retries: 3 }), { instanceOf: SourceError });
  t.regex(error?.message ?? '', /got no answer: 503 Service Unavailable$/);
  t.false(error instanceof SourceFormatError);
  t.is(requests.length, 8);
});

test('nobody who answers is a SourceError', async (t) => {
  await t.throwsAsync(read('http://127.0.0.1:1/text.txt', { delay: 1, retries: 1 }), {
    instanceOf: SourceError,
    message: /got no answer: .*ECONNREFUSED/,
  });
});

test('a server that falls silent is asked again', async (t) => {
  const { url, requests } = await serverOf(t, (request, response, count) => {
    if (count === 0) return;
    if (count > 1) return give(request, response, LONG);
    response.writeHead(200, { etag: '"1"', 'content-length': LONG.length }).write(LONG.subarray(0, 1000));
  });
  t.is(await read(url('/text.txt'), { delay: 1, patience: 1000 }), LONG.toString());
  t.is(requests[2]?.headers.range, 'bytes=1000-');
});

test('a reader that takes its time is no silence of the server', async (t) => {
  const { url, requests } = await serverOf(t, (request, response) => give(request, response, LONG));
  let length = 0;
  for await (const chunk of readUrl(new URL(url('/text.txt')), { delay: 1, patience: 1000 })) {
    if (length === 0) await new Promise((resolve) => setTimeout(resolve, 1500));
    length += chunk.length;
  }
  t.is(length, LONG.length);
  t.is(requests.length, 1);
});

test('a text that a server packs although nobody asked is a SourceError, unless it is the packed file', async (t) => {
  const packed = await readFile('test/fixtures/sources/python.jsonl.gz');
  const { url } = await serverOf(t, (request, response) =>
    give(request, response, packed, { headers: { 'content-encoding': 'gzip' } }),
  );
  await t.throwsAsync(read(url('/a.jsonl')), {
    instanceOf: SourceError,
    message: /to come as it is, got it packed with gzip$/,
  });
  t.is((await collect(readDocuments(url('/a.jsonl.gz'), { field: 'text' }))).length, 205);
});

test('Parquet needs a server that sends parts, which it may have to be asked for twice', async (t) => {
  const file = await readFile('test/fixtures/sources/none.parquet');
  const { url } = await serverOf(t, (request, response, count) =>
    give(request, response, file, {
      ranges: request.url !== '/no.parquet',
      breakAfter: count % 2 === 0 ? 10 : Infinity,
    }),
  );
  t.is((await collect(readDocuments(url('/a.parquet'), { field: 'text' }))).length, 205);
  await t.throwsAsync(collect(readDocuments(url('/no.parquet'), { field: 'text' })), {
    instanceOf: SourceError,
    message: /a server that sends parts of it, got one that does not\. Download/,
  });
});

test('a pattern in a URL is an error of the call that says why; brackets of a host and signs of a query are none', (t) => {
  for (const path of ['part-*.txt', 'part-{1,2}.txt', 'part-[12].txt'])
    t.throws(() => readText(`https://example.org/data/${path}`), {
      instanceOf: SourceError,
      message: /^Expected the URL of one text, got the pattern https:.*servers do not list their files/,
    });
  t.notThrows(() =>
    readText(['http://[::1]:80/a.txt?x=*', 'https://example.org/a_(b).txt?', 'https://example.org/%2A.txt']),
  );
  t.throws(() => readText('http://'), { instanceOf: SourceError, message: 'Expected a URL, got http://' });
});

test('a password in a URL is in no message', async (t) => {
  const { url } = await serverOf(t, (_, response) => void response.writeHead(401).end());
  const error = await t.throwsAsync(read(url('/a.txt').replace('//', '//me:secret@')), { instanceOf: SourceError });
  t.false(error?.message.includes('secret'));
});

test('break closes the connection', async (t) => {
  let closed = (): void => {};
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const { url } = await serverOf(t, (_, response) => {
    response.on('close', closed);
    response.writeHead(200).write('We will.');
  });
  for await (const _ of readText(url('/text.txt'))) break;
  await isClosed;
  t.pass();
});

test('spool puts what is at a URL into a file', async (t) => {
  const { url } = await serverOf(t, (request, response) => give(request, response, LONG));
  const { path, remove } = await spool(url('/text.txt'));
  t.is(await readFile(path, 'utf8'), LONG.toString());
  await remove();
});
