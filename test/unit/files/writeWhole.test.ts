import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { FileWriteError } from '../../../src/errors.js';
import { nodeFileSystem } from '../../../src/files/FileSystem.js';
import { processMark } from '../../../src/files/processMark.js';
import { checkWritable, writeWhole } from '../../../src/files/writeWhole.js';
import { FAULTS, FaultyFileSystem } from '../../support/FaultyFileSystem.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';
import { throwsInvalid } from '../../support/throwsInvalid.js';

/** No process has this number. */
const DEAD = '4194305-12';

async function newPath(t: ExecutionContext): Promise<string> {
  return join(await temporaryDirectory(t), 'file');
}

test('a file is written, text as UTF-8, and another takes its place', async (t) => {
  const path = await newPath(t);
  writeWhole(path, 'ßü😀');
  t.is(readFileSync(path, 'utf8'), 'ßü😀');
  writeWhole(path, Uint8Array.of(1, 2));
  t.deepEqual([...readFileSync(path)], [1, 2]);
  t.deepEqual(readdirSync(join(path, '..')), ['file']);
});

test('a system that writes a few bytes at a time writes all of them', async (t) => {
  const path = await newPath(t);
  const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index);
  const writeSync = (file: number, data: Uint8Array, at: number, length: number): number =>
    nodeFileSystem.writeSync(file, data, at, Math.min(length, 7));
  writeWhole(path, bytes, { ...nodeFileSystem, writeSync } as typeof nodeFileSystem);
  t.deepEqual(new Uint8Array(readFileSync(path)), bytes);
});

for (const fault of FAULTS)
  test(`whichever call goes wrong (${Object.values(fault).join(', ')}), the old file or the new one is there, whole`, async (t) => {
    for (let at = 0, calls = 1; at < calls; at++) {
      const path = await newPath(t);
      writeWhole(path, 'the old one');
      const fs = new FaultyFileSystem(at, fault);
      let failed = false;
      try {
        writeWhole(path, 'new', fs);
      } catch (error) {
        failed = true;
        t.true(error instanceof FileWriteError, String(error));
        t.true((error as Error).message.startsWith(`Expected to write ${path}, but `));
      }
      fs.closeAll();
      calls = Math.max(calls, fs.calls);
      const content = readFileSync(path, 'utf8');
      t.true(content === 'new' || (failed && content === 'the old one'), `call ${at}: ${content}`);
      writeWhole(path, 'next');
      t.is(readFileSync(path, 'utf8'), 'next');
      t.deepEqual(readdirSync(join(path, '..')), ['file'], `call ${at}`);
    }
  });

test('what a dead process did not finish to write is removed, and nothing else', async (t) => {
  const path = await newPath(t);
  const others = [
    `file.writing-${processMark(process.ppid)}`,
    'file.writing-',
    'file.writing-x',
    `other.writing-${DEAD}`,
  ];
  for (const name of [...others, `file.writing-${DEAD}`]) writeFileSync(join(path, '..', name), 'x');
  writeWhole(path, 'x');
  t.deepEqual(readdirSync(join(path, '..')).sort(), ['file', ...others].sort());
});

test('a link stays a link, and a file keeps its permissions', async (t) => {
  const path = await newPath(t);
  writeFileSync(path, 'old');
  chmodSync(path, 0o640);
  const link = `${path}.link`;
  symlinkSync(path, link);
  writeWhole(link, 'new');
  t.true(lstatSync(link).isSymbolicLink());
  t.is(readFileSync(path, 'utf8'), 'new');
  t.is(statSync(path).mode & 0o777, 0o640);
});

for (const path of ['', 'a\0b', undefined, 7])
  test(`${JSON.stringify(path)} as a path is an InvalidArgumentError`, (t) => {
    for (const action of [writeWhole, checkWritable]) throwsInvalid(t, () => action(path as string, 'x'), 'path');
  });

test('a place that cannot be written to is a FileWriteError that names it, when it is checked, too', async (t) => {
  const file = await newPath(t);
  writeFileSync(file, 'x');
  const directory = `${file}.d`;
  mkdirSync(directory);
  const places = [
    directory,
    join(file, 'x'),
    join(directory, 'none', 'x'),
    '/dev/null',
    ...(process.platform === 'linux' ? ['/proc/x'] : []),
  ];
  for (const place of places)
    for (const action of [writeWhole, checkWritable]) {
      const { message } = t.throws(() => action(place, 'x'), { instanceOf: FileWriteError });
      t.true(message.startsWith(`Expected to write ${place}, but `), message);
    }
  t.deepEqual(readdirSync(directory), []);
});

test('a check leaves everything as it is', async (t) => {
  const path = await newPath(t);
  checkWritable(path);
  t.deepEqual(readdirSync(join(path, '..')), []);
  writeFileSync(path, 'x');
  checkWritable(path);
  t.is(readFileSync(path, 'utf8'), 'x');
  t.deepEqual(readdirSync(join(path, '..')), ['file']);
});
