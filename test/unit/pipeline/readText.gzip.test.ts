import { readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { EncodingError, SourceError } from '../../../src/errors.js';
import { readText } from '../../../src/pipeline/readText.js';
import { collect, collectUntilError } from '../../support/collect.js';
import { settle } from '../../support/eventLoop.js';
import fc from '../../support/fastCheck.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';
import { linuxTest } from '../../support/testWith.js';

const onLinux = linuxTest(test.serial);

async function packedFile(t: ExecutionContext, content: Uint8Array, name = 'text.txt.gz'): Promise<string> {
  const path = join(await temporaryDirectory(t), name);
  await writeFile(path, content);
  return path;
}

async function read(path: string | URL): Promise<string> {
  return (await collect(readText(path))).join('');
}

/** Text that packs badly, so that the packed file has several chunks. */
const long = Array.from({ length: 60_000 }, (_, n) => `Sentence ${(n * 7919) % 99_991}: ½ × ${n ** 3}.`).join('\n');

test('a packed file is unpacked, by its path and by its URL', async (t) => {
  const path = await packedFile(t, gzipSync('We will.\r\nYes.'));
  t.is(await read(path), 'We will.\nYes.');
  t.is(await read(pathToFileURL(path)), 'We will.\nYes.');
});

test('the ending .GZ counts, too', async (t) => {
  t.is(await read(await packedFile(t, gzipSync('We will.'), 'TEXT.GZ')), 'We will.');
});

test('a long packed file comes in chunks, in order', async (t) => {
  const chunks = await collect(readText(await packedFile(t, gzipSync(long))));
  t.true(chunks.length > 10);
  t.is(chunks.join(''), long);
});

test('the members of a file are read one after the other, wherever the text is cut', async (t) => {
  const path = await packedFile(t, new Uint8Array(0));
  const bytes = new TextEncoder().encode('Ein Wörtchen, 😀 und noch eins.\n');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 5 }), async (places) => {
      const ends = [...places, bytes.length].sort((a, b) => a - b);
      const members = ends.map((end, index) => gzipSync(bytes.subarray(ends[index - 1] ?? 0, end)));
      await writeFile(path, Buffer.concat(members));
      return (await read(path)) === new TextDecoder().decode(bytes);
    }),
    { numRuns: 30 },
  );
  t.pass();
});

test('a pattern finds packed files among others', async (t) => {
  const directory = join(await packedFile(t, gzipSync('Packed.'), '1.txt.gz'), '..');
  await writeFile(join(directory, '2.txt'), 'Plain.');
  t.is(await read(join(directory, '*')), 'Packed.\n\nPlain.');
});

test('a file that is cut anywhere is a SourceError that names it, after the text before the cut', async (t) => {
  const path = await packedFile(t, new Uint8Array(0));
  const packed = Buffer.concat([gzipSync('Ein Satz. '), gzipSync('Noch einer.')]);
  const firstMember = gzipSync('Ein Satz. ').length;
  for (let length = 0; length < packed.length; length++) {
    if (length === firstMember) continue;
    await writeFile(path, packed.subarray(0, length));
    const { items, error } = await collectUntilError(readText(path));
    t.true(error instanceof SourceError);
    t.is((error as Error).message, `Expected ${path} to be a gzip file: it ends too early, at byte ${length}`);
    t.true('Ein Satz. Noch einer.'.startsWith(items.join('')));
  }
});

test('a file with any one byte of its content changed is an error of ours', async (t) => {
  const path = await packedFile(t, new Uint8Array(0));
  const packed = gzipSync('Ein Satz, der einige Wörter hat, und noch einige Wörter.');
  const HEADER = 10;
  for (let at = HEADER; at < packed.length; at++) {
    const hurt = Uint8Array.from(packed);
    hurt[at] = (hurt[at] ?? 0) ^ 0xff;
    await writeFile(path, hurt);
    const { error } = await collectUntilError(readText(path));
    t.true(error instanceof SourceError || error instanceof EncodingError, String(error));
    t.true(String(error).includes(path));
  }
});

test('a file that is not packed, in spite of its name, is a SourceError', async (t) => {
  const path = await packedFile(t, new TextEncoder().encode('We will.'));
  await t.throwsAsync(read(path), {
    instanceOf: SourceError,
    message: `Expected ${path} to be a gzip file: incorrect header check, at byte 0`,
  });
});

test('a file with something else behind its end is a SourceError', async (t) => {
  const path = await packedFile(t, Buffer.concat([gzipSync('We will.'), new TextEncoder().encode('We will.')]));
  await t.throwsAsync(read(path), {
    instanceOf: SourceError,
    message: /gzip file: incorrect header check, at byte 0$/,
  });
});

test('a missing packed file is a SourceError', async (t) => {
  const path = join(await temporaryDirectory(t), 'missing.gz');
  await t.throwsAsync(read(path), {
    instanceOf: SourceError,
    message: `Expected ${path} to be a readable file: there is no such file`,
  });
});

test('the byte offset of an error is that of the unpacked text', async (t) => {
  const path = await packedFile(t, gzipSync(Buffer.concat([Buffer.alloc(200_000, 'a'), Uint8Array.of(0xff)])));
  const error = await t.throwsAsync(read(path), { instanceOf: EncodingError });
  t.like(error, { source: path, byteOffset: 200_000 });
});

onLinux('break closes a packed file', async (t) => {
  const path = await packedFile(t, gzipSync(long));
  const isOpen = async (): Promise<boolean> => {
    const names = await readdir('/proc/self/fd');
    const targets = await Promise.all(names.map((name) => readlink(join('/proc/self/fd', name)).catch(() => '')));
    return targets.includes(path);
  };
  for await (const _ of readText(path)) {
    t.true(await isOpen());
    break;
  }
  while (await isOpen()) await settle();
});
