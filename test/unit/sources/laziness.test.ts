import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { readText } from '../../../src/pipeline/readText.js';
import { asBytes } from '../../../src/sources/asBytes.js';
import { formatOf } from '../../../src/sources/formats.js';
import { settle } from '../../support/eventLoop.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';
import '../../support/ownProcess.js';

const FIXTURES = 'test/fixtures/sources';
const CHUNK = 64 * 1024;

/** Chunks without end, counted; `close` is called when their reader leaves. */
function endless(chunk: Uint8Array) {
  const state = { chunks: 0, isClosed: false };
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        state.chunks++;
        yield chunk;
      }
    } finally {
      state.isClosed = true;
    }
  };
  return { state, source: asBytes('endless', bytes()) };
}

const line = '{"text": "We will."}\n';
for (const [name, chunk] of Object.entries({
  '.jsonl': Buffer.from(line.repeat(CHUNK / line.length)),
  '.csv': Buffer.from('text\n'.repeat(CHUNK / 5)),
}))
  test(`${name} is read one chunk ahead, however many records are taken`, async (t) => {
    const { state, source } = endless(chunk);
    const records = formatOf(`a${name}`).records?.(source, 'text') ?? t.fail();
    const perChunk = chunk.toString().split('\n').length - 1;
    let taken = 0;
    for await (const _ of records) {
      taken++;
      await settle();
      // Node's streams hold a chunk each.
      if (taken === 1) t.true(state.chunks <= 4, `${state.chunks}`);
      if (taken === 2 * perChunk) break;
    }
    t.true(state.chunks <= 6, `${state.chunks}`);
    await settle();
    t.true(state.isClosed);
  });

for (const [suffix, packed] of [
  // Nothing that packs well: zlib takes in 16 kB of what is packed.
  ['.gz', gzipSync(randomBytes(CHUNK))],
  ['.zst', readFileSync(`${FIXTURES}/frames.jsonl.zst`)],
] as const)
  test(`${suffix} is read a few chunks ahead`, async (t) => {
    const { state, source } = endless(packed);
    const [unpack] = formatOf(`a${suffix}`).unpack;
    for await (const piece of unpack?.(source, 'endless') ?? t.fail()) {
      t.true(piece.length > 0);
      await settle();
      t.true(state.chunks <= 8, `${state.chunks}`);
      break;
    }
    await settle();
    t.true(state.isClosed);
  });

test('a line that never ends is not kept: a record that is too long, once', async (t) => {
  const chunk = Buffer.alloc(2 ** 22, 'a');
  const source = asBytes(
    'long',
    (async function* () {
      for (let count = 0; count < 80; count++) yield chunk;
      yield Buffer.from('\n{"text": "short"}\n');
    })(),
  );
  const before = process.memoryUsage().arrayBuffers;
  const problems: unknown[] = [];
  for await (const { problem, fields, byteOffset } of formatOf('a.jsonl').records?.(source, 'text') ?? t.fail())
    problems.push(problem ?? fields, byteOffset);
  t.deepEqual(problems, ['a line of more than 268435456 bytes', 0, { text: 'short' }, 80 * 2 ** 22 + 1]);
  t.true(process.memoryUsage().arrayBuffers - before < 2 ** 29);
});

const onLinux = process.platform === 'linux' ? test.serial : test.serial.skip;

onLinux('break closes the file, whatever is read from it', async (t) => {
  const directory = await temporaryDirectory(t);
  for (const name of ['pandas.jsonl', 'pandas.csv', 'python.jsonl.gz', 'stream.jsonl.zst', 'snappy.parquet']) {
    const path = join(directory, name);
    await writeFile(path, await readFile(`${FIXTURES}/${name}`));
    const isOpen = async (): Promise<boolean> => {
      const names = await readdir('/proc/self/fd');
      const targets = await Promise.all(names.map((fd) => readlink(join('/proc/self/fd', fd)).catch(() => '')));
      return targets.includes(path);
    };
    for await (const _ of readText(path, { field: 'text' })) break;
    for (let turn = 0; turn < 1000 && (await isOpen()); turn++) await settle();
    t.false(await isOpen(), name);
  }
});
