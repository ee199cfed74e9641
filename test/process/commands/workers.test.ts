import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { programAt } from '../../support/places.js';
import { runCommand } from '../../support/runCommand.js';

const dir = mkdtempSync(join(tmpdir(), 'babblebrook-workers-'));
const corpus = join(dir, 'corpus.txt');
const WORDS = ['we', 'will', 'build', 'a', 'good', 'road', 'and', 'then', 'go', 'home'];
writeFileSync(
  corpus,
  Array.from(
    { length: 200 },
    (_, i) => `${Array.from({ length: 3 + (i % 5) }, (_, j) => WORDS[(i * 7 + j * 3) % 10]).join(' ')}.`,
  ).join(' '),
);
test.after.always(() => rm(dir, { recursive: true, force: true }));

/** The flags of a training. */
function training(out: string, ...flags: string[]): string[] {
  const small = ['--hidden', '16', '--embedding', '8', '--max-tokens', '500', '--no-tensorboard'];
  return ['--corpus', corpus, '--out', join(dir, out), ...small, ...flags];
}
const train = (...flags: string[]) => runCommand(['train', ...flags]);

/** What a run has recorded. */
function recorded(out: string): { workers: number; losses: number[] } {
  const [settings = '', metrics = ''] = ['run.json', 'metrics.jsonl'].map((file) =>
    readFileSync(join(dir, out, file), 'utf8'),
  );
  const losses = metrics
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).validNatsPerToken);
  return { workers: JSON.parse(settings).workers, losses };
}

test.serial('train --workers 2 learns what --workers 1 learns, up to rounding, and records it', async (t) => {
  for (const workers of ['1', '2']) {
    const { code, stdout, stderr } = await train(...training(workers, '--workers', workers, '--epochs', '2'));
    t.is(code, 0, stderr);
    t.is(stdout.split('\n').length, 6, 'five sentences, each a line');
  }
  const [one, two] = [recorded('1'), recorded('2')];
  t.deepEqual([one.workers, two.workers], [1, 2]);
  t.is(two.losses.length, 2);
  for (const [epoch, loss] of two.losses.entries()) t.true(Math.abs(loss - (one.losses[epoch] ?? NaN)) < 1e-3);
});

test.serial('small batches are not worth a second worker', async (t) => {
  t.is((await train(...training('default', '--epochs', '1'))).code, 0);
  t.is(recorded('default').workers, 1);
});

test.serial('Ctrl-C ends a training with workers, what was learned saved', async (t) => {
  const flags = training('interrupted', '--workers', '2', '--epochs', '100000');
  const child = spawn(process.execPath, programAt('scripts/train.ts', ...flags), { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.on('data', (chunk) => {
    if (String(chunk).includes('epoch 3')) child.kill('SIGINT');
  });
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  t.deepEqual({ stdout, code }, { stdout: '', code: 130 });
  t.true(recorded('interrupted').losses.length >= 3);
  t.is((await runCommand(['generate', '--run', join(dir, 'interrupted')])).code, 0);
});
