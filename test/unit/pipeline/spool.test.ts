import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { of } from 'rxjs';
import { EncodingError, FileWriteError, SourceError } from '../../../src/errors.js';
import type { TextSource } from '../../../src/pipeline/openText.js';
import { readText } from '../../../src/pipeline/readText.js';
import { spool } from '../../../src/pipeline/spool.js';
import { collect } from '../../support/collect.js';
import { LOADER, moduleAt } from '../../support/places.js';
import { runNode } from '../../support/runProgram.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

/** Where this process puts temporary files, until the test ends: so tests take turns. */
function setTemporaryPlace(t: ExecutionContext, directory: string): void {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = directory;
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
}

/** Makes a new directory the place for temporary files, and tells what is in it. */
async function temporaryFilesOf(t: ExecutionContext): Promise<() => Promise<string[]>> {
  const directory = await temporaryDirectory(t);
  setTemporaryPlace(t, directory);
  return () => readdir(directory);
}

test.serial('spooled and removed, nothing listens for the exit of the process', async (t) => {
  await temporaryFilesOf(t);
  const before = process.listenerCount('exit');
  const { remove } = await spool(Readable.from(['We will.']));
  t.is(process.listenerCount('exit'), before + 1);
  await remove();
  t.is(process.listenerCount('exit'), before);
});

test.serial('a stream can be read as often as wanted, once it is spooled', async (t) => {
  await temporaryFilesOf(t);
  const { path } = await spool(Readable.from(['We ', 'will.']));
  t.deepEqual([await collect(readText(path)), await collect(readText(path))], [['We will.'], ['We will.']]);
});

test.serial('the file holds the text in UTF-8, wherever it was cut', async (t) => {
  await temporaryFilesOf(t);
  const { path } = await spool(Readable.from(['\ufeffa\r', '\n\ud83d', '\ude00 ß\r']));
  t.is(await readFile(path, 'utf8'), 'a\n😀 ß\n');
});

test.serial('an empty text is an empty file', async (t) => {
  await temporaryFilesOf(t);
  t.is(await readFile((await spool(Readable.from([]))).path, 'utf8'), '');
});

test.serial('remove() removes the file and its directory, and may be called again', async (t) => {
  const left = await temporaryFilesOf(t);
  const { path, remove } = await spool(Readable.from(['We will.']));
  await remove();
  await remove();
  t.false(existsSync(dirname(path)));
  t.deepEqual(await left(), []);
});

test.serial('an error of the source leaves no file', async (t) => {
  const left = await temporaryFilesOf(t);
  await t.throwsAsync(spool(Readable.from([Uint8Array.of(0x61, 0xff)])), { instanceOf: EncodingError });
  t.deepEqual(await left(), []);
});

test.serial('what is no source is a SourceError', async (t) => {
  const left = await temporaryFilesOf(t);
  await t.throwsAsync(spool(of('text') as unknown as TextSource), { instanceOf: SourceError, message: /observable/ });
  t.deepEqual(await left(), []);
});

test.serial('a place that cannot be written to is a FileWriteError', async (t) => {
  setTemporaryPlace(t, '/does/not/exist');
  await t.throwsAsync(spool(Readable.from(['We will.'])), {
    instanceOf: FileWriteError,
    message: /^Expected to make a directory for temporary files in \/does\/not\/exist \(TMPDIR\), but ENOENT: /,
  });
});

for (const [how, ending, code] of [
  ['ends', '', 0],
  ['exits', 'process.exit(3);', 3],
  ['fails', 'throw new Error("of the program");', 1],
] as const)
  test.serial(`a process that ${how} leaves no file`, async (t) => {
    const left = await temporaryFilesOf(t);
    const program = `
      import { Readable } from 'node:stream';
      import { existsSync } from 'node:fs';
      import { spool } from ${JSON.stringify(moduleAt('src/pipeline/spool.ts').href)};
      const { path } = await spool(Readable.from(['We will.']));
      console.log(existsSync(path));
      ${ending}`;
    const outcome = await runNode([...LOADER, '--input-type=module', '--eval', program]);
    t.like(outcome, { code, stdout: 'true\n' });
    t.deepEqual(
      (await left()).filter((name) => name.startsWith('babblebrook-')),
      [],
    );
  });
