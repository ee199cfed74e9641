import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { EncodingError, SourceError } from '../../../src/errors.js';
import { readText } from '../../../src/pipeline/readText.js';
import { collect } from '../../support/collect.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

/** A directory of files that hold their own names. */
async function directoryOf(t: ExecutionContext, ...names: string[]): Promise<string> {
  const directory = await temporaryDirectory(t);
  for (const name of names) {
    await mkdir(join(directory, name, '..'), { recursive: true });
    await writeFile(join(directory, name), name);
  }
  return directory;
}

/** What is read, file by file. */
async function read(...sources: string[]): Promise<string[]> {
  return (await collect(readText(sources))).join('').split('\n\n');
}

test('a pattern stands for all files that match, by code unit', async (t) => {
  const directory = await directoryOf(t, 'b.txt', 'ä.txt', 'a.txt', '2.txt', '10.txt', 'B.txt', 'c.md', 'd/e.txt');
  t.deepEqual(await read(join(directory, '*.txt')), ['10.txt', '2.txt', 'B.txt', 'a.txt', 'b.txt', 'ä.txt']);
});

for (const [pattern, files] of Object.entries({
  '**/*.txt': ['1.txt', 'd/2.txt', 'd/d/3.txt'],
  'd/*': ['d/2.txt'],
  '?.txt': ['1.txt'],
  '{1,2,3}.txt': ['1.txt'],
  'd/**/[23].txt': ['d/2.txt', 'd/d/3.txt'],
}))
  test(`${pattern} matches as in a shell`, async (t) => {
    const directory = await directoryOf(t, '1.txt', 'd/2.txt', 'd/d/3.txt', 'd/.hidden');
    t.deepEqual(await read(join(directory, pattern)), files);
  });

test('a relative pattern is seen from the working directory', async (t) => {
  t.deepEqual(await collect(readText('packag[e].json')), await collect(readText('package.json')));
});

test('a pattern that matches nothing is a SourceError', async (t) => {
  const pattern = join(await directoryOf(t, '1.md'), '*.txt');
  await t.throwsAsync(read(pattern), {
    instanceOf: SourceError,
    message: `Expected ${pattern} to be a file, or a pattern that matches files, got neither`,
  });
});

test('a pattern that matches directories alone is a SourceError', async (t) => {
  await t.throwsAsync(read(join(await directoryOf(t, 'd/1.txt'), '*')), { instanceOf: SourceError });
});

for (const name of ['a[1].txt', 'a*.txt', 'a{1,2}.txt', 'a (1).txt', '!a.txt'])
  test(`an existing file of the name ${name} is this file`, async (t) => {
    const directory = await directoryOf(t, 'a1.txt', 'a2.txt', name);
    t.deepEqual(await read(join(directory, name)), [name]);
  });

test('a URL is never a pattern', async (t) => {
  const url = pathToFileURL(join(await directoryOf(t, 'a1.txt'), 'a[1].txt'));
  await t.throwsAsync(collect(readText(url)), { instanceOf: SourceError, message: /there is no such file/ });
});

test('patterns and other sources keep their places in a list', async (t) => {
  const directory = await directoryOf(t, '1.txt', '2.txt', '3.md');
  const sources = ['3.md', '*.txt', '1.txt'].map((name) => join(directory, name));
  t.deepEqual(await read(...sources), ['3.md', '1.txt', '2.txt', '1.txt']);
});

test('files are found when they are reached', async (t) => {
  const directory = await directoryOf(t);
  const source = readText(join(directory, '*.txt'));
  await writeFile(join(directory, '1.txt'), '1.txt');
  t.deepEqual([await collect(source), await collect(source)], [['1.txt'], ['1.txt']]);
});

for (const [change, action, name] of [
  ['one more', (directory: string) => writeFile(join(directory, '3.txt'), '3.txt'), '3.txt'],
  ['one that comes before', (directory: string) => writeFile(join(directory, '0.txt'), '0.txt'), '0.txt'],
  ['the last one less', (directory: string) => rm(join(directory, '2.txt')), '2.txt'],
  ['the first one less', (directory: string) => rm(join(directory, '1.txt')), '2.txt'],
] as const)
  test(`a pattern that matches other files at the next reading, ${change}, is a SourceError that names one`, async (t) => {
    const directory = await directoryOf(t, '1.txt', '2.txt');
    const pattern = join(directory, '*.txt');
    const source = readText(pattern);
    await collect(source);
    await action(directory);
    const message = `Expected ${pattern} to match the files it matched at first, got a difference: ${join(directory, name)}`;
    await t.throwsAsync(collect(source), { instanceOf: SourceError, message });
  });

test('a file that is not reached is not opened', async (t) => {
  const directory = await directoryOf(t, '1.txt', '2.txt');
  const chunks: string[] = [];
  for await (const chunk of readText(join(directory, '*.txt'))) {
    chunks.push(chunk);
    await rm(join(directory, '2.txt'));
    break;
  }
  t.deepEqual(chunks, ['1.txt']);
});

test('an error names the file that it is in', async (t) => {
  const directory = await directoryOf(t, '1.txt');
  await writeFile(join(directory, '2.txt'), Uint8Array.of(0x61, 0xff));
  const error = await t.throwsAsync(read(join(directory, '*.txt')), { instanceOf: EncodingError });
  t.like(error, { source: join(directory, '2.txt'), byteOffset: 1 });
});
