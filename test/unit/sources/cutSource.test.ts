import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { map } from 'rxjs';
import { SourceChangedError } from '../../../src/errors.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { documentsOf } from '../../../src/pipeline/readDocuments.js';
import { readText } from '../../../src/pipeline/readText.js';
import { splitSentences } from '../../../src/pipeline/splitSentences.js';
import { cutSource } from '../../../src/sources/cutSource.js';
import { formatOf } from '../../../src/sources/formats.js';
import { partOf } from '../../../src/sources/partOf.js';
import { readFile } from '../../../src/sources/readFile.js';
import type { SourcePart } from '../../../src/sources/SourcePart.js';
import { collect } from '../../support/collect.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

async function fileOf(t: ExecutionContext, name: string, content: string | Uint8Array): Promise<string> {
  const path = join(await temporaryDirectory(t), name);
  await writeFile(path, content);
  return path;
}

const cut = (path: string, bytes: number, field?: string): Promise<SourcePart[]> =>
  collect(cutSource(readFile(path), formatOf(path), { bytes, field }));

const spans = (parts: readonly SourcePart[]): number[][] => parts.map(({ start, end }) => [start, end]);

/** The texts of all documents of all parts. */
async function textsOf(path: string, parts: readonly SourcePart[], field?: string): Promise<string[]> {
  const texts: string[] = [];
  for (const part of parts) {
    const source = partOf(readFile(path), part);
    const rows = part.unit === 'rows' ? { from: part.start, to: part.end } : undefined;
    for await (const { text } of documentsOf({ name: source.name, path, pieces: source }, { field }, rows))
      texts.push(text);
  }
  return texts;
}

test('text is cut at the first blank line behind so many bytes', async (t) => {
  const path = await fileOf(t, 'a.txt', 'A line.\n\nAnother.\nAnd.\n\nThe end.');
  t.deepEqual(spans(await cut(path, 8)), [
    [0, 9],
    [9, 24],
    [24, 32],
  ]);
  t.deepEqual(spans(await cut(path, 1000)), [[0, 32]]);
});

test('a line of white space is blank, however a reader finds it', async (t) => {
  const path = await fileOf(t, 'a.txt', 'One.\r\n \t\r\nTwo.\r\n');
  t.deepEqual(spans(await cut(path, 5)), [
    [0, 10],
    [10, 16],
  ]);
});

test('where no blank line comes within as many bytes again, text is cut at the end of a line', async (t) => {
  const path = await fileOf(t, 'a.txt', 'abc\n'.repeat(10));
  t.deepEqual(spans(await cut(path, 6)), [
    [0, 12],
    [12, 24],
    [24, 36],
    [36, 40],
  ]);
});

test('a text without line ends is one part, and an empty one none', async (t) => {
  t.deepEqual(spans(await cut(await fileOf(t, 'a.txt', 'abc'.repeat(100)), 7)), [[0, 300]]);
  t.deepEqual(await cut(await fileOf(t, 'b.txt', ''), 7), []);
});

test('parts are the whole, each with the SHA-256 of its bytes, at any size', async (t) => {
  // Longer than the chunks in which files are read.
  const paragraphs = Array.from({ length: 4000 }, (_, i) => `${'x'.repeat((i * 37) % 90)}\n${i % 3 === 0 ? '\n' : ''}`);
  const bytes = Buffer.from(paragraphs.join(''));
  const path = await fileOf(t, 'a.txt', bytes);
  for (const size of [1, 100, 65_536, 65_537, 100_000]) {
    const parts = await cut(path, size);
    let at = 0;
    for (const { start, end, sha256 } of parts) {
      t.is(start, at);
      if (sha256 !== createHash('sha256').update(bytes.subarray(start, end)).digest('hex')) t.fail(`${size} ${start}`);
      at = end;
    }
    t.is(at, bytes.length);
    t.true(parts.slice(0, -1).every(({ start, end }) => end - start >= size));
  }
});

test('the sentences of the parts of a text are those of the text', async (t) => {
  const path = 'corpus/state-of-the-union.txt';
  const whole = await collect(pipeline(readText(path), splitSentences()));
  const parts = await cut(path, 30_000);
  t.true(parts.length > 40);
  const sentences: string[] = [];
  for (const part of parts) sentences.push(...(await collect(pipeline(partOf(readFile(path), part), splitText()))));
  t.deepEqual(sentences, whole);
});

/** Bytes as text, cut into sentences. */
function splitText() {
  const decoder = new TextDecoder();
  return (source: import('rxjs').Observable<Uint8Array>) =>
    splitSentences()(source.pipe(map((bytes) => decoder.decode(bytes, { stream: true }))));
}

const FIXTURES = 'test/fixtures/sources';
const TEXTS: readonly string[] = JSON.parse(readFileSync(`${FIXTURES}/texts.json`, 'utf8'));

for (const name of ['pandas.jsonl', 'pandas.csv', 'pandas.tsv', 'pandas.parquet', 'python.jsonl.gz'])
  for (const bytes of [1, 200, 1e6])
    test(`the records of the parts of ${name} are those that Python wrote, cut every ${bytes} bytes`, async (t) => {
      const path = `${FIXTURES}/${name}`;
      const parts = await cut(path, bytes, 'text');
      t.deepEqual(await textsOf(path, parts, 'text'), TEXTS);
      if (bytes === 1 && !/parquet|gz/.test(name)) t.true(parts.length > 1);
    });

test('what is packed is one part', async (t) => {
  const packed = gzipSync('One.\n\nTwo.\n\nThree.\n\n');
  const path = await fileOf(t, 'a.txt.gz', packed);
  const parts = await cut(path, 1);
  t.deepEqual(
    parts.map(({ unit, start, end }) => ({ unit, start, end })),
    [{ unit: 'whole', start: 0, end: packed.length }],
  );
});

test('a part whose bytes have changed since it was cut is an error, when it has been read', async (t) => {
  const path = await fileOf(t, 'a.txt', 'One.\n\nTwo.\n\n');
  const [, second] = await cut(path, 4);
  await writeFile(path, 'One.\n\nTow.\n\n');
  if (!second) return t.fail();
  await t.throwsAsync(textsOf(path, [second]), { instanceOf: SourceChangedError, message: /bytes 6 to 12/ });
});
