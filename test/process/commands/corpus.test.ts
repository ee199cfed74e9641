import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import { isOneLine, type Mistake } from '../../support/isMistake.js';
import { programAt } from '../../support/places.js';
import { runCommand } from '../../support/runCommand.js';
import { temporaryDirectory } from '../../support/temporaryFiles.js';

// What `--corpus` of `npm run train` takes, on a text of a few words.
const WORDS = ['we', 'will', 'build', 'a', 'good', 'road', 'and', 'then', 'go', 'home'];
const sentences = Array.from(
  { length: 200 },
  (_, i) => `${Array.from({ length: 3 + (i % 5) }, (_, j) => WORDS[(i * 7 + j * 3) % 10]).join(' ')}${'.?!'[i % 3]}`,
);
const TINY = ['--hidden', '8', '--embedding', '4', '--max-tokens', '500', '--epochs', '1'];

/** A directory that is also the place for temporary files, and a way to start a training in it. */
async function place(t: ExecutionContext) {
  const directory = await temporaryDirectory(t);
  const temporary = join(directory, 'temporary');
  mkdirSync(temporary);
  const out = join(directory, 'run');
  const all = ['--out', out, ...TINY];
  /** In a process of its own. */
  const start = (...flags: string[]): ChildProcessWithoutNullStreams =>
    spawn(process.execPath, programAt('scripts/train.ts', ...all, ...flags), {
      env: { ...process.env, TMPDIR: temporary },
    });
  /** In this one. */
  const run = async (flags: readonly string[], input: string | Uint8Array) => {
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = temporary;
    try {
      return await runCommand(['train', ...all, ...flags], { input });
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
    }
  };
  /** What is left of our temporary files. */
  const left = (): string[] => readdirSync(temporary).filter((name) => name.startsWith('babblebrook'));
  /** Whether a text is being put into one. */
  const spools = (): boolean => left().some((name) => existsSync(join(temporary, name, 'text.txt')));
  return { directory, out, start, run, left, spools };
}

async function outcomeOf(child: ChildProcessWithoutNullStreams, input?: string) {
  if (input !== undefined) child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

test.serial('standard input, a packed file and a pattern train the same model as the file', async (t) => {
  t.timeout(300_000);
  const { directory, out, start, run, left } = await place(t);
  const half = sentences.length / 2;
  const halves = [sentences.slice(0, half).join(' '), sentences.slice(half).join(' ')] as const;
  const whole = halves.join('\n\n');
  writeFileSync(join(directory, 'whole.txt'), whole);
  writeFileSync(join(directory, 'whole.gz'), gzipSync(whole));
  writeFileSync(join(directory, 'half-1.txt'), halves[0]);
  writeFileSync(join(directory, 'half-2.txt'), halves[1]);

  const models: Buffer[] = [];
  for (const corpus of [
    join(directory, 'whole.txt'),
    '-',
    join(directory, 'whole.gz'),
    join(directory, 'half-*.txt'),
  ]) {
    const { code, stderr } = await (corpus === '-'
      ? outcomeOf(start('--corpus', corpus, '--overwrite'), whole)
      : run(['--corpus', corpus, '--overwrite'], ''));
    t.is(code, 0, stderr);
    t.is(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).corpus[0], corpus);
    models.push(readFileSync(join(out, 'last', 'model.safetensors')));
  }
  const [first, ...others] = models;
  for (const other of others) t.true(first?.equals(other));
  t.deepEqual(left(), []);
});

test.serial('Ctrl-C while standard input is read leaves no file', async (t) => {
  const { start, left, spools } = await place(t);
  const child = start('--corpus', '-');
  child.stdin.write('We will. ');
  while (!spools()) await setTimeout(20);
  child.kill('SIGINT');
  t.is((await outcomeOf(child)).code, 130);
  t.deepEqual(left(), []);
});

test.serial('Ctrl-C while it trains on standard input saves what was learned, and leaves no file', async (t) => {
  const { out, start, left } = await place(t);
  const child = start('--corpus', '-', '--epochs', '100000');
  child.stderr.on('data', (chunk) => {
    if (String(chunk).includes('epoch 2')) child.kill('SIGINT');
  });
  t.is((await outcomeOf(child, sentences.join(' '))).code, 130);
  t.true(readdirSync(out).includes('last'));
  t.deepEqual(left(), []);
});

const mistakes: [string, string[], string, Mistake][] = [
  ['nothing on standard input', ['-'], '', ['SourceError', '--corpus']],
  ['standard input twice', ['-', '-'], 'We will.', ['SourceError']],
  ['a pattern without files', ['/nowhere/*.txt'], '', ['SourceError']],
];
for (const [what, corpus, input, expected] of mistakes)
  test.serial(`${what} is one clear line on standard error, and exit code 2`, async (t) => {
    const { directory, run } = await place(t);
    isOneLine(t, await run(['--corpus', ...corpus], input), ...expected);
    t.deepEqual(readdirSync(directory), ['temporary']);
  });

test.serial(
  'bytes on standard input that are no text are one clear line, exit code 2, and no file is left',
  async (t) => {
    const { run, left } = await place(t);
    const outcome = await run(['--corpus', '-'], Uint8Array.of(0x61, 0xff));
    isOneLine(t, outcome, 'EncodingError');
    t.like(outcome.mistake, { byteOffset: 1 });
    t.deepEqual(left(), []);
  },
);
