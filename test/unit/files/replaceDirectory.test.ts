import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { FileWriteError, InvalidArgumentError } from '../../../src/errors.js';
import { processMark } from '../../../src/files/processMark.js';
import { readReplaced, replaceDirectory } from '../../../src/files/replaceDirectory.js';
import { random } from '../../../src/random.js';
import { type Fault, withFault } from '../../support/fileFaults.js';
import { programAt } from '../../support/places.js';
import { sweepOf } from '../../support/sweeps.js';

const folder = mkdtempSync(join(tmpdir(), 'babblebrook-saved-'));
test.after.always(() => rm(folder, { recursive: true }));

/** A path in a directory of its own. */
const newPath = async (): Promise<string> => join(await mkdtemp(join(folder, 'place-')), 'model');

const filesOf = (content: string): Map<string, string> =>
  new Map([
    ['a', content],
    ['b', content],
  ]);
const save = (path: string, content: string) => replaceDirectory(path, filesOf(content), ['a', 'b', 'old']);

/** The content of both files; an error where they differ. */
async function contentOf(path: string): Promise<string> {
  const [a, b] = await readReplaced(path, (place) =>
    Promise.all(['a', 'b'].map((name) => readFile(join(place, name), 'utf8'))),
  );
  if (a !== b) throw new Error(`a holds ${a?.slice(0, 9)}, b holds ${b?.slice(0, 9)}`);
  return a ?? '';
}

test.serial('a directory is written, and another takes its place', async (t) => {
  const path = await newPath();
  await save(path, 'one');
  t.is(await contentOf(path), 'one');
  await writeFile(join(path, 'old'), 'x');
  await save(path, 'two');
  t.is(await contentOf(path), 'two');
  t.deepEqual((await readdir(path)).sort(), ['a', 'b']);
  t.deepEqual(await readdir(join(path, '..')), ['model']);
});

for (const before of ['nothing', 'an old one'])
  for (const fault of ['fails', 'crashes'] satisfies Fault[])
    test.serial(`where a call ${fault}, whichever, there is ${before} or the new directory, whole`, async (t) => {
      let isFault = true;
      let calls = 0;
      for (; isFault; calls++) {
        const path = await newPath();
        if (before === 'an old one') await save(path, 'old');
        let failed: unknown;
        isFault = await withFault(calls, fault, () =>
          save(path, 'new').catch((error) => {
            failed = error;
          }),
        );
        if (failed) t.true(failed instanceof FileWriteError, String(failed));
        const found = await contentOf(path).catch((error: NodeJS.ErrnoException) => error.code);
        t.true(['new', before === 'an old one' ? 'old' : 'ENOENT'].includes(found ?? ''), `call ${calls}: ${found}`);
        if (!failed) t.is(found, 'new');
        await save(path, 'next');
        t.is(await contentOf(path), 'next');
        t.deepEqual(await readdir(join(path, '..')), ['model'], `call ${calls}`);
      }
      t.true(calls > 10, `${calls} calls`);
    });

const KILLS = sweepOf(20, 4);
test.serial(`a process that is killed while it saves, ${KILLS} times, leaves a whole directory`, async (t) => {
  t.timeout(120_000);
  const path = await newPath();
  const draw = random(1, 'kill');
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, programAt('test/support/saveForever.ts', path));
    await once(child.stdout, 'data');
    await setTimeout(100 * draw.uniform(kill));
    child.kill('SIGKILL');
    await once(child, 'close');
    t.regex(await contentOf(path), /^(\d+?)\1*$/);
  }
  // What the last one left is removed, too.
  await save(path, 'end');
  t.deepEqual(await readdir(join(path, '..')), ['model']);
});

test.serial('saves of one process into one directory wait for each other: the last one stays', async (t) => {
  const path = await newPath();
  await Promise.all(Array.from({ length: 10 }, (_, index) => save(path, String(index))));
  t.is(await contentOf(path), '9');
});

test.serial('a save that fails does not keep the next one from saving', async (t) => {
  const path = await newPath();
  const failing = replaceDirectory(path, new Map([['no/such/place', 'x']]), []);
  const next = save(path, 'next');
  await t.throwsAsync(failing, { instanceOf: FileWriteError });
  await next;
  t.is(await contentOf(path), 'next');
});

test.serial('a link to a directory stays a link', async (t) => {
  const path = await newPath();
  await save(path, 'one');
  const link = join(path, '..', 'link');
  await symlink(path, link);
  await save(link, 'two');
  t.is(await contentOf(path), 'two');
  t.is(await contentOf(link), 'two');
  t.deepEqual((await readdir(join(path, '..'))).sort(), ['link', 'model']);
});

test.serial('nothing that others put there is removed', async (t) => {
  const path = await newPath();
  const place = join(path, '..');
  await mkdir(`${path}.replaced`);
  await writeFile(join(`${path}.replaced`, 'letter'), 'x');
  await t.throwsAsync(save(path, 'one'), {
    instanceOf: InvalidArgumentError,
    message: new RegExp(`Expected ${path}\\.replaced to be new, or a directory of a, b, old .* holds "letter"`),
  });
  await rm(`${path}.replaced`, { recursive: true });
  // Not a process's: it has no number. And that of a process that runs.
  for (const name of ['notes', processMark(process.ppid)]) await mkdir(`${path}.saving-${name}`);
  await save(path, 'one');
  t.deepEqual(
    (await readdir(place)).sort(),
    ['model', `model.saving-${processMark(process.ppid)}`, 'model.saving-notes'].sort(),
  );
  await writeFile(join(path, 'letter'), 'x');
  await t.throwsAsync(save(path, 'two'), { instanceOf: InvalidArgumentError, message: /one that holds "letter"/ });
  t.is(await contentOf(path), 'one');
});

test.serial('an error of whoever reads is not caught', async (t) => {
  const path = await newPath();
  const error = new RangeError(basename(path));
  await t.throwsAsync(
    readReplaced(path, () => Promise.reject(error)),
    { is: error },
  );
});
