import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { FileWriteError } from '../../../src/errors.js';
import { RunDirectory } from '../../../src/run/RunDirectory.js';
import { tf } from '../../../src/tf.js';
import { give, serverOf } from '../../support/faultyServer.js';
import { isMistake } from '../../support/isMistake.js';
import { runCommand } from '../../support/runCommand.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

// Runs that go on, by where their texts are.

const TEXT = Array.from(
  { length: 60 },
  (_, i) => `${'we will build a road '.slice(i % 9)}${'and go '.repeat(i % 4)}home.`,
);
const TINY = ['--hidden', '8', '--embedding', '4', '--max-tokens', '400', '--workers', '1'];

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
  train(t, '--out', out, ...TINY, '--epochs', '1', '--no-tensorboard', ...flags);
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

test.serial('passwords in URLs are written nowhere, and a run goes on where they are given again', async (t) => {
  const dir = await temporaryDirectory(t);
  const content = Buffer.from(TEXT.join('\n'));
  const { url } = await serverOf(t, (request, response) => {
    const isKnown = request.headers.authorization === `Basic ${Buffer.from('me:secret').toString('base64')}`;
    if (isKnown) give(request, response, content);
    else response.writeHead(401).end();
  });
  const secret = url('/a.txt').replace('//', '//me:secret@');
  const out = join(dir, 'run');
  await train(t, '--out', out, ...TINY, '--tensorboard', '--epochs', '1', '--corpus', secret);
  t.deepEqual(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).corpus, [url('/a.txt')]);
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' }).map((name) => join(out, name));
  t.true(files.some((file) => file.includes('tfevents')));
  for (const file of files) if (statSync(file).isFile()) t.false(readFileSync(file, 'latin1').includes('secret'), file);
  await goOn(t, out, '--corpus', secret);
});

test.serial('a run does not go on with another text of the same size, and its files stay as they are', async (t) => {
  const dir = await temporaryDirectory(t);
  const [corpus, out] = [write(join(dir, 'a.txt'), TEXT), join(dir, 'run')];
  await begin(t, out, '--corpus', corpus);
  const tokenizer = readFileSync(join(out, 'tokenizer.json'));
  const names = readdirSync(out).sort();
  for (const [from, to] of [
    ['road', 'roda'],
    ['w', 'x'],
  ] as const) {
    const changed = TEXT.map((sentence) => sentence.replaceAll(from, to));
    write(corpus, changed);
    isMistake(t, await runCommand(['train', '--resume', '--out', out]), 'SourceChangedError');
    t.deepEqual(readFileSync(join(out, 'tokenizer.json')), tokenizer);
    t.deepEqual(readdirSync(out).sort(), names);
  }
});

test.serial('a tokenizer that cannot be written leaves the directory free', async (t) => {
  const dir = await temporaryDirectory(t);
  const [corpus, out] = [write(join(dir, 'a.txt'), TEXT), join(dir, 'run')];
  const save = RunDirectory.prototype.saveTokenizer;
  t.teardown(() => {
    RunDirectory.prototype.saveTokenizer = save;
  });
  RunDirectory.prototype.saveTokenizer = () => Promise.reject(new FileWriteError('the disk is full'));
  const { code, stderr } = await runCommand(['train', '--out', out, ...TINY, '--corpus', corpus]);
  t.deepEqual({ code, stderr }, { code: 2, stderr: 'the disk is full\n' });
  (await RunDirectory.open(out, { mode: 'overwrite' })).close();
});

test.serial('a training and an evaluation leave no tensor, also where they fail', async (t) => {
  const dir = await temporaryDirectory(t);
  const [corpus, out] = [write(join(dir, 'a.txt'), TEXT), join(dir, 'run')];
  const before = tf.memory().numTensors;
  await begin(t, out, '--corpus', corpus);
  t.is(tf.memory().numTensors, before);
  t.is((await runCommand(['evaluate', '--run', out, '--text', join(dir, 'none.txt')])).code, 2);
  t.is(tf.memory().numTensors, before);
});
