import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { give, serverOf } from '../../support/faultyServer.js';
import { runCommand } from '../../support/runCommand.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

// Runs that go on, by where their texts are.

const TEXT = Array.from(
  { length: 60 },
  (_, i) => `${'we will build a road '.slice(i % 9)}${'and go '.repeat(i % 4)}home.`,
);
const TINY = ['--hidden', '8', '--embedding', '4', '--max-tokens', '400', '--workers', '1', '--no-tensorboard'];

const write = (file: string, sentences: readonly string[]): string => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, sentences.join('\n'));
  return file;
};
const train = async (t: ExecutionContext, ...flags: string[]): Promise<string> => {
  const { code, stderr } = await runCommand(['train', ...flags]);
  t.is(code, 0, stderr);
  return stderr;
};
const begin = (t: ExecutionContext, out: string, ...flags: string[]): Promise<string> =>
  train(t, '--out', out, ...TINY, '--epochs', '1', ...flags);
const goOn = async (t: ExecutionContext, out: string, ...flags: string[]): Promise<void> => {
  t.regex(await train(t, '--resume', '--out', out, ...flags), /^go on after \d+ steps/m);
};

test.serial('a run with a text of its own to validate on goes on', async (t) => {
  const dir = await temporaryDirectory(t);
  const [corpus, valid] = [write(join(dir, 'a.txt'), TEXT.slice(9)), write(join(dir, 'b.txt'), TEXT.slice(0, 9))];
  const out = join(dir, 'run');
  await begin(t, out, '--corpus', corpus, '--valid', valid);
  const file = join(out, 'run.json');
  const settings = JSON.parse(readFileSync(file, 'utf8'));
  t.false('holdOut' in settings);
  await goOn(t, out);
  // So earlier versions wrote it.
  writeFileSync(file, JSON.stringify({ ...settings, holdOut: 0 }));
  await goOn(t, out);
});

test.serial('a run on a URL goes on', async (t) => {
  const dir = await temporaryDirectory(t);
  const content = Buffer.from(TEXT.join('\n'));
  const { url } = await serverOf(t, (request, response) => give(request, response, content));
  const out = join(dir, 'run');
  await begin(t, out, '--corpus', url('/a.txt'));
  t.deepEqual(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).corpus, [url('/a.txt')]);
  await goOn(t, out);
});

test.serial(
  'a run on a pattern goes on where all was moved into a directory whose name could be a pattern',
  async (t) => {
    const dir = await temporaryDirectory(t);
    const before = process.cwd();
    const at = (directory: string, action: () => Promise<unknown>): Promise<unknown> => {
      process.chdir(directory);
      return action().finally(() => process.chdir(before));
    };
    const home = join(dir, 'd');
    write(join(home, 'texts', '1.txt'), TEXT.slice(30));
    write(join(home, 'texts', '2.txt'), TEXT.slice(0, 30));
    // No pattern, although it could be one.
    write(join(home, '(3).txt'), TEXT.slice(7, 30));
    mkdirSync(join(home, 'work'));
    await at(join(home, 'work'), () => begin(t, '../run', '--corpus', '../texts/[12].txt', '../(3).txt'));
    const moved = join(dir, 'd(1) [x]');
    renameSync(home, moved);
    await at(dir, () => goOn(t, 'd(1) [x]/run'));
    await at(moved, () => goOn(t, 'run'));
    mkdirSync(join(dir, 'beside'));
    await at(join(dir, 'beside'), () => goOn(t, '../d(1) [x]/run'));
  },
);
