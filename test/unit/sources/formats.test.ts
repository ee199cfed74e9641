import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { EncodingError, InvalidArgumentError, SourceError, SourceFormatError } from '../../../src/errors.js';
import { type DocumentChunk, readDocuments } from '../../../src/pipeline/readDocuments.js';
import { readJsonLines } from '../../../src/pipeline/readJsonLines.js';
import { readText } from '../../../src/pipeline/readText.js';
import { registerFormat } from '../../../src/sources/formats.js';
import { collect, collectUntilError } from '../../support/collect.js';
import { sweepOf } from '../../support/sweeps.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

const FIXTURES = 'test/fixtures/sources';
/** What Python wrote into every file. */
const TEXTS: readonly string[] = JSON.parse(readFileSync(`${FIXTURES}/texts.json`, 'utf8'));

const textsOf = (chunks: readonly DocumentChunk[]): string[] => chunks.map(({ text }) => text);
const readAll = async (source: string, options = {}) => collect(readDocuments(source, { field: 'text', ...options }));

async function fileOf(t: ExecutionContext, name: string, content: string | Uint8Array): Promise<string> {
  const path = join(await temporaryDirectory(t), name);
  await writeFile(path, content);
  return path;
}

for (const name of [
  ...['pandas.jsonl', 'pandas.csv', 'pandas.tsv', 'python.jsonl.gz'],
  ...['checksum.jsonl.zst', 'frames.jsonl.zst', 'stream.jsonl.zst'],
  ...[
    'pandas.parquet',
    'none.parquet',
    'snappy.parquet',
    'gzip.parquet',
    'brotli.parquet',
    'zstd.parquet',
    'pages.parquet',
  ],
])
  test(`${name} holds what Python wrote, a document a record`, async (t) => {
    const chunks = await readAll(`${FIXTURES}/${name}`);
    t.deepEqual(textsOf(chunks), TEXTS);
    t.true(chunks.every(({ end, source }) => end && source === `${FIXTURES}/${name}`));
    t.deepEqual(
      chunks.map(({ row }) => row),
      TEXTS.map((_, index) => index + 1),
    );
  });

test('blocks of Zstandard that repeat a byte and that are not packed are unpacked', async (t) => {
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('');
  const text = await collect(readText(`${FIXTURES}/blocks.txt.zst`));
  t.is(text.join(''), 'a'.repeat(300_000) + ascii.replace('\r', '\n'));
});

test('readText has a blank line between records, and between files', async (t) => {
  const first = await fileOf(t, 'a.jsonl', '{"text": "One.\\r\\nTwo."}\n{"text": "Three."}\n');
  const second = await fileOf(t, 'b.TXT', 'Four.');
  const text = await collect(readText([first, second], { field: 'text' }));
  t.is(text.join(''), 'One.\nTwo.\n\nThree.\n\nFour.');
});

test('readDocuments gives a file of text in pieces, and then its end', async (t) => {
  const path = await fileOf(t, 'a.txt', 'x'.repeat(100_000));
  const chunks = await collect(readDocuments([path, path]));
  const ends = chunks.map(({ end }) => end);
  t.deepEqual(
    ends.map((end, at) => (end ? at : -1)).filter((at) => at >= 0),
    [ends.length / 2 - 1, ends.length - 1],
  );
  t.is(textsOf(chunks).join('').length, 200_000);
  t.deepEqual(await collect(readDocuments(await fileOf(t, 'none.txt', ''))).then(textsOf), ['']);
});

const BAD_LINES: Readonly<Record<string, readonly [line: string | Uint8Array, words: RegExp]>> = {
  'lacks the field': ['{"title": "x", "id": 1}', /got one that has "title", "id", at record 4, byte 37$/],
  'is empty': ['{}', /got an empty record, at/],
  'has a number for it': ['{"text": 7}', /got a value of type number, at/],
  'has null for it': ['{"text": null}', /got null, at/],
  'has an array for it': ['{"text": ["x"]}', /got an array, at/],
  'inherits the field': ['{"__proto__": {"text": "x"}}', /got one that has "__proto__", at/],
  'is an array': ['[1]', /got JSON that is no object: \[1\], at/],
  'is a string': ['"text"', /got JSON that is no object: "text", at/],
  'is cut short': ['{"text": "x', /got invalid JSON: .*, at record 4, byte 37$/],
  'is no JSON': ['hello', /got invalid JSON: /],
  'is not UTF-8': [Uint8Array.of(0x7b, 0xff, 0x7d), /got bytes that are not UTF-8, at record 4, byte 37$/],
};

for (const [what, [line, words]] of Object.entries(BAD_LINES)) {
  // The blank line counts as a line; `ö` has two bytes.
  const before = '{"text": "öne"}\n\r\n';
  const linesWith = (pad: string) =>
    Buffer.concat([Buffer.from(before + pad), Buffer.from(line), Buffer.from('\n{"text": "two"}')]);

  test(`a line that ${what} is a SourceFormatError with file, record and byte`, async (t) => {
    const path = await fileOf(t, 'a.jsonl', linesWith('{"text": "x"}    \n'));
    const { items, error } = await collectUntilError(readDocuments(path, { field: 'text' }));
    t.deepEqual(textsOf(items), ['öne', 'x']);
    t.true(error instanceof SourceFormatError, String(error));
    t.like(error, { source: path, row: 4, byteOffset: 37 });
    t.regex((error as Error).message, words);
  });

  test(`a line that ${what} is left out and counted, where that is asked for`, async (t) => {
    const path = await fileOf(t, 'a.jsonl', linesWith(''));
    const stats = { badRecords: 1 };
    t.deepEqual(textsOf(await readAll(path, { onBad: 'skip', stats })), ['öne', 'two']);
    t.is(stats.badRecords, 2);
  });
}

test('JSON lines may come from a stream, in text or bytes, cut anywhere', async (t) => {
  const lines = '\ufeff{"text": "Ein Wörtchen, 😀"}\n{"text":\t"zwei"}';
  for (const units of [lines.split(''), [...Buffer.from(lines)].map((byte) => Uint8Array.of(byte))]) {
    const stream = async function* () {
      yield* units;
    };
    t.is((await collect(readJsonLines(stream(), { field: 'text' }))).join(''), 'Ein Wörtchen, 😀\n\nzwei');
  }
});

test('a byte-order mark and the line ends of Windows are no part of CSV', async (t) => {
  const path = await fileOf(t, 'a.csv', '\ufeffid,text\r\n1,"a ""b"",\r\nc"\r\n\r\n2,d\r\n');
  t.deepEqual(textsOf(await readAll(path)), ['a "b",\nc', 'd']);
});

test('a row of CSV with too few or too many values, or bytes that are not UTF-8, is told with its place', async (t) => {
  for (const [row, words] of [
    ['x', /got 1 values for 2 columns, at record 2, byte 12$/],
    ['x,y,z', /got 3 values for 2 columns, at record 2, byte 12$/],
    ['x,\xff', /got bytes that are not UTF-8, at record 2, byte 12$/],
  ] as const) {
    const path = await fileOf(t, 'a.csv', Buffer.from(`id,text\n1,a\n${row}\n3,c\n`, 'latin1'));
    const error = await t.throwsAsync(readAll(path), { instanceOf: SourceFormatError, message: words });
    t.like(error, { source: path, row: 2, byteOffset: 12 });
    const stats = { badRecords: 0 };
    t.deepEqual(textsOf(await readAll(path, { onBad: 'skip', stats })), ['a', 'c']);
    t.is(stats.badRecords, 1);
  }
});

test('behind a quote that is wrong, CSV is an error, or is left out as a whole; the rows before it are read', async (t) => {
  const good = Array.from({ length: 100 }, (_, index) => `${index},text ${index}\n`).join('');
  for (const [bad, words] of [
    ['x,"a"b\n', /to be CSV: a value goes on behind the quote that closes it, at record 101, byte /],
    ['x,a"b"\n', /to be CSV: a quote is within a value that does not begin with one, at record 101, byte /],
    ['x,"a\n', /to be CSV: a quote is not closed, at record 101, byte /],
  ] as const) {
    const path = await fileOf(t, 'a.csv', `id,text\n${good}${bad}1,x\n`);
    const { items, error } = await collectUntilError(readDocuments(path, { field: 'text' }));
    t.is(items.length, 100);
    t.true(error instanceof SourceFormatError);
    t.regex((error as Error).message, words);
    t.like(error, { byteOffset: 8 + good.length });
    const stats = { badRecords: 0 };
    t.is((await readAll(path, { onBad: 'skip', stats })).length, 100);
    t.is(stats.badRecords, 1);
  }
});

test('rows of CSV before the end of a packed file that is cut are read, however slow the reader, and no half row', async (t) => {
  const rows = Array.from({ length: 20_000 }, (_, n) => `${n},Sentence ${(n * 7919) % 99_991}: ${n ** 3}.\n`);
  const packed = gzipSync(`id,text\n${rows.join('')}`);
  const path = await fileOf(t, 'a.csv.gz', packed.subarray(0, packed.length - 20_000));
  const counts: number[] = [];
  for (const isSlow of [false, true]) {
    let count = 0;
    const reading = async (): Promise<void> => {
      for await (const { text } of readDocuments(path, { field: 'text' })) {
        t.is(`${count},${text}\n`, rows[count++] ?? '');
        if (isSlow && count % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    const error = await t.throwsAsync(reading, {
      instanceOf: SourceFormatError,
      message: /gzip file: it ends too early/,
    });
    t.like(error, { byteOffset: packed.length - 20_000 });
    counts.push(count);
  }
  t.true((counts[0] ?? 0) > 10_000);
  t.is(counts[1], counts[0]);
});

test('a column that CSV or Parquet lacks is told with those that are there', async (t) => {
  for (const [name, columns] of [
    ['pandas.csv', '"id", "text", "score"'],
    ['none.parquet', '"id", "text", "score"'],
  ] as const)
    await t.throwsAsync(readAll(`${FIXTURES}/${name}`, { field: 'body' }), {
      instanceOf: SourceFormatError,
      message: `Expected ${FIXTURES}/${name} to have a column "body", got ${columns}, at byte 0`,
    });
});

test('values of Parquet that are no text are told with their row: missing ones, bytes, numbers, lists', async (t) => {
  const path = `${FIXTURES}/odd.parquet`;
  for (const [field, words, row, left] of [
    ['text', /got null, at record 2, byte \d+$/, 2, ['one', 'three']],
    ['bytes', /got bytes that are not UTF-8, at record 2/, 2, ['one', 'three']],
    ['number', /got a value of type bigint, at record 1/, 1, []],
    ['list', /got an array, at record 1/, 1, []],
  ] as const) {
    const error = await t.throwsAsync(readAll(path, { field }), { instanceOf: SourceFormatError, message: words });
    t.like(error, { source: path, row });
    const stats = { badRecords: 0 };
    t.deepEqual(textsOf(await readAll(path, { field, onBad: 'skip', stats })), [...left]);
    t.is(stats.badRecords, 3 - left.length);
  }
});

test('a codec of Parquet that nobody unpacks is told', async (t) => {
  await t.throwsAsync(readAll(`${FIXTURES}/lz4.parquet`), { instanceOf: SourceFormatError, message: /codec: LZ4/ });
});

test('Parquet in a stream, or packed, is a SourceError that says why', async (t) => {
  const bytes = await readFile(`${FIXTURES}/none.parquet`);
  const stream = async function* () {
    yield bytes;
  };
  await t.throwsAsync(collect(readText(stream(), { field: 'text', format: '.parquet' })), {
    instanceOf: SourceError,
    message: /text source 0 to be a file, .*its table of contents at the end/,
  });
});

for (const name of ['checksum.jsonl.zst', 'frames.jsonl.zst', 'stream.jsonl.zst', 'python.jsonl.gz'])
  test(`${name}, cut anywhere, is a SourceFormatError with the byte where it ends, after the records before`, async (t) => {
    const packed = await readFile(`${FIXTURES}/${name}`);
    const path = await fileOf(t, name, '');
    const suffix = name.slice(name.lastIndexOf('.'));
    const isFrameEnd = suffix === '.zst' && name.startsWith('frames') ? frameEnds(packed) : [0];
    for (let length = 1; length < packed.length; length += length < sweepOf(30, 5) ? 1 : sweepOf(41, 411)) {
      if (isFrameEnd.includes(length)) continue;
      await writeFile(path, packed.subarray(0, length));
      const { items, error } = await collectUntilError(readDocuments(path, { field: 'text' }));
      t.true(error instanceof SourceFormatError, `${length}: ${error}`);
      if (!/JSON/.test(String(error))) t.like(error, { source: path, byteOffset: length });
      t.deepEqual(textsOf(items), TEXTS.slice(0, items.length));
      const stats = { badRecords: 0 };
      t.deepEqual(textsOf(await readAll(path, { onBad: 'skip', stats })), textsOf(items));
      t.is(stats.badRecords, 1);
    }
  });

/** Where frames end, by their magic numbers, which stand nowhere else in the fixture. */
function frameEnds(packed: Buffer): number[] {
  const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
  return Array.from(packed.keys()).filter((at) => at > 0 && packed.subarray(at, at + 4).equals(magic));
}

test('a file of Zstandard that is none, or has something behind its frames, is a SourceFormatError', async (t) => {
  const frame = await readFile(`${FIXTURES}/checksum.jsonl.zst`);
  for (const [content, byteOffset] of [
    [Buffer.from('We will.'), 0],
    [Buffer.concat([frame, Buffer.from('We will.')]), frame.length],
  ] as const) {
    const path = await fileOf(t, 'a.jsonl.zst', content);
    const error = await t.throwsAsync(readAll(path), { instanceOf: SourceFormatError, message: /a Zstandard file: / });
    t.like(error, { byteOffset });
  }
});

test('an empty file of Zstandard or gzip is a SourceFormatError, not an empty text', async (t) => {
  for (const name of ['a.txt.zst', 'a.txt.gz']) {
    const path = await fileOf(t, name, '');
    const error = await t.throwsAsync(collect(readText(path)), {
      instanceOf: SourceFormatError,
      message: /it ends too early, at byte 0$/,
    });
    t.like(error, { source: path, byteOffset: 0 });
  }
});

test('U+FEFF that begins a value is kept, and at the start of a file it is no part of it', async (t) => {
  const values = ['\ufeffone', 'two'];
  const json = values.map((text) => `${JSON.stringify({ text })}\n`).join('');
  const rows = `text\n${values.join('\n')}\n`;
  for (const path of [
    await fileOf(t, 'a.jsonl', `\ufeff${json}`),
    await fileOf(t, 'a.csv', `\ufeff${rows}`),
    await fileOf(t, 'b.csv', rows),
    await fileOf(t, 'a.tsv', `\ufeff${rows}`),
    `${FIXTURES}/mark.parquet`,
  ])
    t.deepEqual(textsOf(await readAll(path)), values, path);
});

test('quotes of TSV are read as pandas writes them, in quotes and without', async (t) => {
  const texts = ['"Yes," he said.', 'He said "no"', '"', 'a "b', '"all" of it', '5" and 6"', 'plain'];
  t.deepEqual(textsOf(await readAll(`${FIXTURES}/quotes.tsv`)), texts);
  t.deepEqual(textsOf(await readAll(`${FIXTURES}/unquoted.tsv`)), texts);
});

test('a row of TSV with too few values or bytes that are not UTF-8 is told with its place', async (t) => {
  for (const [row, words] of [
    ['x', /got 1 values for 2 columns, at record 3, byte 29$/],
    ['x\t\xff', /got bytes that are not UTF-8, at record 3, byte 29$/],
  ] as const) {
    const content = `id\ttext\r\n\r\n1\t"a\r\n""b"\r\n2\t"c\r\n${row}\r\n4\td`;
    const path = await fileOf(t, 'a.tsv', Buffer.from(content, 'latin1'));
    const error = await t.throwsAsync(readAll(path), { instanceOf: SourceFormatError, message: words });
    t.like(error, { source: path, row: 3, byteOffset: 29 });
    t.deepEqual(textsOf(await readAll(path, { onBad: 'skip' })), ['a\n"b', '"c', 'd']);
  }
});

test('a Parquet file, cut or with any byte changed, is whole or an error of ours', async (t) => {
  const whole = await readFile(`${FIXTURES}/snappy.parquet`);
  const path = await fileOf(t, 'a.parquet', '');
  const outcomes = { errors: 0, whole: 0 };
  const read = async (content: Uint8Array): Promise<void> => {
    await writeFile(path, content);
    try {
      await readAll(path);
      outcomes.whole++;
    } catch (error) {
      t.true(error instanceof SourceFormatError, String((error as Error).stack));
      outcomes.errors++;
    }
  };
  for (let length = 0; length < whole.length; length += sweepOf(501, 2501)) await read(whole.subarray(0, length));
  t.is(outcomes.whole, 0);
  for (let at = 0; at < whole.length; at += at < whole.length - 1500 ? sweepOf(61, 301) : sweepOf(3, 11)) {
    const hurt = Uint8Array.from(whole);
    hurt[at] = (hurt[at] ?? 0) ^ 0xff;
    await read(hurt);
  }
  t.true(outcomes.errors > sweepOf(100, 10), `${outcomes.errors}`);
});

test('a damaged row group is an error with its first row, or left out and counted', async (t) => {
  const hurt = Uint8Array.from(await readFile(`${FIXTURES}/gzip.parquet`));
  const half = Math.floor(hurt.length / 2.5);
  hurt.fill(0, half, half + 200);
  const path = await fileOf(t, 'a.parquet', hurt);
  const error = await t.throwsAsync(readAll(path), { instanceOf: SourceFormatError });
  const { row = 0, byteOffset } = error ?? t.fail();
  t.is(row % 50, 1);
  t.true(byteOffset > 0 && byteOffset <= half);
  const stats = { badRecords: 0 };
  t.deepEqual(textsOf(await readAll(path, { onBad: 'skip', stats })), TEXTS.slice(0, row - 1));
  t.is(stats.badRecords, 1);
});

test('files of records need a field, and others none', async (t) => {
  await t.throwsAsync(collect(readText(`${FIXTURES}/pandas.jsonl`)), {
    instanceOf: InvalidArgumentError,
    message: `Expected field to name what holds the text in the records of ${FIXTURES}/pandas.jsonl, got none`,
  });
  const path = await fileOf(t, 'a.dat', '{"text": "one"}');
  await t.throwsAsync(readAll(path), {
    instanceOf: InvalidArgumentError,
    message: /^Expected no field for .*a\.dat, /,
  });
  t.deepEqual(textsOf(await readAll(path, { format: '.jsonl' })), ['one']);
  t.is((await collect(readText(`${FIXTURES}/pandas.jsonl`, { format: '.txt' }))).join('').length > 1000, true);
});

test('bytes of a text that are not UTF-8 stay an EncodingError, whatever is to be left out', async (t) => {
  const path = await fileOf(t, 'a.txt', Uint8Array.of(0x61, 0xff));
  await t.throwsAsync(collect(readText(path, { onBad: 'skip' })), { instanceOf: EncodingError });
});

test('options that cannot be used are errors of the call', (t) => {
  const message = (words: string) => ({
    instanceOf: InvalidArgumentError,
    message: (text: string) => text.startsWith(`Expected ${words}`),
  });
  t.throws(
    () => readText('a.csv', { format: 'csv' }),
    message('format to be one of .txt, .jsonl, .ndjson, .csv, .tsv, .parquet'),
  );
  t.throws(() => readText('a.csv', { field: 7 as never }), message('field to be a string, got 7 (number)'));
  t.throws(
    () => readText('a.csv', { onBad: 'drop' as never }),
    message('onBad to be one of error, skip, got "drop" (string)'),
  );
  t.throws(() => readJsonLines('a', {} as never), message('field to be a string, got undefined'));
});

test.serial('a suffix that is registered is read by every reader, packed too', async (t) => {
  registerFormat('.rot', {
    async *unpack(bytes) {
      for await (const chunk of bytes) yield chunk.map((byte) => byte ^ 1);
    },
  });
  registerFormat('.Pairs', {
    async *records(source, field) {
      let row = 0;
      for await (const chunk of source)
        for (const line of Buffer.from(chunk).toString().split('\n'))
          yield { row: ++row, byteOffset: 0, fields: { [field]: line } };
    },
  });
  const path = await fileOf(
    t,
    'a.pairs.rot',
    Buffer.from('one\ntwo').map((byte) => byte ^ 1),
  );
  t.deepEqual(textsOf(await readAll(path)), ['one', 'two']);
  t.throws(() => registerFormat('rot', {}), { instanceOf: InvalidArgumentError });
  t.throws(() => registerFormat('.rot', { unpack: 7 as never }), { instanceOf: InvalidArgumentError });
});
