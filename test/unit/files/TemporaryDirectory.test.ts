import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { FileWriteError } from '../../../src/errors.js';
import { processMark } from '../../../src/files/processMark.js';
import { TemporaryDirectory } from '../../../src/files/TemporaryDirectory.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

/** Makes a new directory the place for temporary files until the test ends: so tests take turns. */
async function newPlace(t: ExecutionContext): Promise<string> {
  const place = await temporaryDirectory(t);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = place;
  t.teardown(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  return place;
}

/** The name of a directory of ours, as if another process had made it. */
function nameOf(mark: string, own: string): string {
  return own.replace(processMark(), mark);
}

test.serial(
  'it is there until it is removed; one listener waits for the exit of the process, however many there are',
  async (t) => {
    const place = await newPlace(t);
    const before = process.listenerCount('exit');
    const directories = Array.from({ length: 20 }, () => new TemporaryDirectory());
    t.is(readdirSync(place).length, 20);
    t.is(process.listenerCount('exit'), before + 1);
    for (const directory of directories) directory.remove();
    directories[0]?.remove();
    t.deepEqual(readdirSync(place), []);
    t.is(process.listenerCount('exit'), before);
  },
);

test.serial('the first in a place removes directories of dead processes, and nothing else', async (t) => {
  const elsewhere = await newPlace(t);
  const own = basename(new TemporaryDirectory().path);
  const place = await newPlace(t);
  const dead = nameOf('4194305-12', own);
  // A process of the number of one that lives, but another.
  const again = nameOf(`${process.ppid}-1`, own);
  const kept = [
    nameOf(processMark(process.ppid), own),
    'babblebrook-4194305-12-abcdef',
    'babblebrook-abcdef',
    dead.replace(/\d+(-\w{6})$/, '1$1'),
    `x${dead}`,
  ];
  for (const name of [dead, again, ...kept]) {
    mkdirSync(join(place, name));
    writeFileSync(join(place, name, 'text.txt'), 'We will.');
  }
  const link = dead.replace(/\w{6}$/, 'linked');
  symlinkSync(elsewhere, join(place, link));
  const directory = new TemporaryDirectory();
  t.deepEqual(readdirSync(place).sort(), [basename(directory.path), link, ...kept].sort());
  t.true(existsSync(join(elsewhere, own)));
});

test.serial('where there is no place for temporary files, it is a FileWriteError that names TMPDIR', (t) => {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = '/does/not/exist';
  t.teardown(() => {
    process.env['TMPDIR'] = before;
    if (before === undefined) delete process.env['TMPDIR'];
  });
  t.throws(() => new TemporaryDirectory(), {
    instanceOf: FileWriteError,
    message: /^Expected to make a directory for temporary files in \/does\/not\/exist \(TMPDIR\), but ENOENT: /,
  });
});
