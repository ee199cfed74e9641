import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { type ExecutionContext } from 'ava';
import { DirectoryInUseError, FileWriteError } from '../../src/errors.js';
import { lockDirectory } from '../../src/files/lockDirectory.js';
import { programAt } from '../support/places.js';
import { temporaryDirectory } from '../support/temporaryFiles.js';

const STALE = 'in-use-4194305-12-00000000-0000-0000-0000-000000000000';

/** Another process that locks directories when it is told to. */
class Holder {
  readonly process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(t: ExecutionContext) {
    const child = spawn(process.execPath, programAt('test/support/lockHolder.ts'), {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.process = child;
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    t.teardown(() => child.kill('SIGKILL'));
  }

  async ask(line: string): Promise<string> {
    this.process.stdin?.write(`${line}\n`);
    const { value } = await this.#answers.next();
    return value;
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await once(this.process, 'close');
  }
}

test('a directory that is taken is a DirectoryInUseError that names process and file, until it is given back', async (t) => {
  const dir = join(await temporaryDirectory(t), 'new', 'one');
  const release = lockDirectory(dir);
  const [file = ''] = readdirSync(dir);
  t.throws(() => lockDirectory(dir), {
    instanceOf: DirectoryInUseError,
    message: `Expected ${dir} to be free, got one that process ${process.pid} is using: it holds ${file}`,
  });
  t.deepEqual(readdirSync(dir), [file]);
  release();
  t.deepEqual(readdirSync(dir), []);
  lockDirectory(dir)();
});

test('what is given back twice takes nothing from the next one', async (t) => {
  const dir = await temporaryDirectory(t);
  const release = lockDirectory(dir);
  release();
  const next = lockDirectory(dir);
  release();
  t.throws(() => lockDirectory(dir), { instanceOf: DirectoryInUseError });
  next();
});

test('a directory that another process has taken is refused until that gives it back', async (t) => {
  const dir = await temporaryDirectory(t);
  const holder = new Holder(t);
  t.is(await holder.ask(`lock ${dir}`), 'locked');
  t.throws(() => lockDirectory(dir), {
    instanceOf: DirectoryInUseError,
    message: new RegExp(`that process ${holder.process.pid} is using`),
  });
  t.is(await holder.ask('release'), 'released');
  lockDirectory(dir)();
});

test('the lock of a process that was killed is taken over', async (t) => {
  const dir = await temporaryDirectory(t);
  const holder = new Holder(t);
  await holder.ask(`lock ${dir}`);
  await holder.kill();
  t.is(readdirSync(dir).length, 1);
  const release = lockDirectory(dir);
  t.is(readdirSync(dir).length, 1);
  release();
  t.deepEqual(readdirSync(dir), []);
});

test('the lock of a process whose number another one has by now is taken over', async (t) => {
  if (process.platform !== 'linux') {
    t.pass('only Linux tells when a process began');
    return;
  }
  const dir = await temporaryDirectory(t);
  const release = lockDirectory(dir);
  const [, began = ''] = /^in-use-\d+-(\d+)-/.exec(readdirSync(dir)[0] ?? '') ?? [];
  t.is(readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[19], began);
  release();
  writeFileSync(join(dir, STALE.replace('4194305-12', `${process.pid}-${Number(began) - 1}`)), '');
  lockDirectory(dir)();
  t.deepEqual(readdirSync(dir), []);
});

test('other files of a directory do not matter, and stay', async (t) => {
  const dir = await temporaryDirectory(t);
  const files = ['in-use', 'in-use-.json', 'run.json'];
  for (const name of files) writeFileSync(join(dir, name), '');
  lockDirectory(dir)();
  t.deepEqual(readdirSync(dir), files);
});

test('a directory that cannot be made is a FileWriteError', async (t) => {
  const file = join(await temporaryDirectory(t), 'file');
  writeFileSync(file, '');
  for (const dir of [file, join(file, 'below')])
    t.throws(() => lockDirectory(dir), { instanceOf: FileWriteError, message: /^Expected to write into / });
});

test.serial('of five processes that come at once for a directory that a dead one has left, one gets it', async (t) => {
  const parent = await temporaryDirectory(t);
  const holders = Array.from({ length: 5 }, () => new Holder(t));
  // Each answers once before they race, so that all have started.
  await Promise.all(holders.map((holder) => holder.ask('release')));
  for (let round = 0; round < 20; round++) {
    const dir = join(parent, `${round}`);
    mkdirSync(dir);
    writeFileSync(join(dir, STALE), '');
    const answers = await Promise.all(holders.map((holder) => holder.ask(`lock ${dir}`)));
    t.deepEqual(answers.sort(), ['locked', 'refused', 'refused', 'refused', 'refused']);
    t.is(readdirSync(dir).length, 1);
    await Promise.all(holders.map((holder) => holder.ask('release')));
    t.deepEqual(readdirSync(dir), []);
  }
});
