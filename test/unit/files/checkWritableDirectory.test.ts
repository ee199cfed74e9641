import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { FileWriteError, InvalidArgumentError } from '../../../src/errors.js';
import { checkWritableDirectory } from '../../../src/files/checkWritableDirectory.js';
import { makeDirectory } from '../../../src/files/makeDirectory.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

test('a directory that can be made or written into passes, and nothing is left', async (t) => {
  const dir = await temporaryDirectory(t);
  checkWritableDirectory(dir);
  checkWritableDirectory(join(dir, 'a', 'b', 'c'));
  t.deepEqual(readdirSync(dir), []);
});

test('a directory is made with those it is in; the outermost one that was made is told', async (t) => {
  const dir = await temporaryDirectory(t);
  t.is(makeDirectory(join(dir, 'a', 'b', 'c')), join(dir, 'a'));
  t.is(makeDirectory(join(dir, 'a', 'b', 'd')), join(dir, 'a', 'b', 'd'));
  t.is(makeDirectory(join(dir, 'a')), undefined);
  t.deepEqual(readdirSync(join(dir, 'a', 'b')), ['c', 'd']);
});

test('what is no path is an InvalidArgumentError, and what cannot be made or written into a FileWriteError', async (t) => {
  for (const path of ['', 'a\0b']) t.throws(() => checkWritableDirectory(path), { instanceOf: InvalidArgumentError });
  const file = join(await temporaryDirectory(t), 'file');
  writeFileSync(file, 'x');
  for (const path of [
    file,
    join(file, 'x'),
    ...(process.platform === 'linux' ? ['/proc', '/proc/x', '/proc/x/y'] : []),
  ]) {
    const { message } = t.throws(() => checkWritableDirectory(path), { instanceOf: FileWriteError });
    t.true(message.startsWith(`Expected to write into ${path}, but `), message);
  }
});
