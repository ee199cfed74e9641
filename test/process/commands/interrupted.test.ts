import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { commandAt, programAt } from '../../support/places.js';
import { runCommand } from '../../support/runCommand.js';

// What happens to a process: signals, and readers that leave.
const WORDS = ['we', 'will', 'build', 'a', 'good', 'road', 'and', 'then', 'go', 'home'];
const sentences = Array.from(
  { length: 300 },
  (_, i) => `${Array.from({ length: 3 + (i % 5) }, (_, j) => WORDS[(i * 7 + j * 3) % 10]).join(' ')}${'.?!'[i % 3]}`,
);
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-interrupted-'));
const corpus = join(dir, 'corpus.txt');
const lines = join(dir, 'lines.txt');
const interrupted = join(dir, 'interrupted');
const TINY = ['--hidden', '16', '--embedding', '8', '--max-tokens', '500'];
writeFileSync(corpus, sentences.join(' '));
writeFileSync(lines, sentences.join('\n'));
test.after.always(() => rm(dir, { recursive: true, force: true }));

test.serial('Ctrl-C ends a training with what was learned saved', async (t) => {
  const out = interrupted;
  const flags = programAt('scripts/train.ts', '--corpus', corpus, '--out', out, ...TINY, '--epochs', '100000');
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr.on('data', (chunk) => {
    if (String(chunk).includes('epoch 3')) child.kill('SIGINT');
  });
  const [stdout, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  t.deepEqual({ stdout, code }, { stdout: '', code: 130 });
  t.is((await runCommand(['generate', '--run', out])).code, 0);
});

test.serial('generate ends cleanly and at once when its reader stops', async (t) => {
  const command = `${commandAt('scripts/generate.ts')} --run "${interrupted}" --count 100000 | head -c 100`;
  const child = spawn('bash', ['-o', 'pipefail', '-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  t.deepEqual({ length: stdout.length, stderr, code }, { length: 100, stderr: '', code: 0 });
});

test.serial('Ctrl-C while an epoch is validated waits for its metrics and its best model', async (t) => {
  const out = join(dir, 'interrupted-in-validation');
  const valid = join(dir, 'long-valid.txt');
  writeFileSync(valid, Array.from({ length: 20 }, () => sentences.join('\n')).join('\n'));
  const texts = ['--corpus', lines, '--valid', valid, '--sentence-per-line'];
  const flags = programAt('scripts/train.ts', ...texts, '--out', out, ...TINY, '--epochs', '100000');
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'ignore', 'ignore'] });
  const watching = setInterval(() => {
    if (!existsSync(join(out, 'last'))) return;
    clearInterval(watching);
    child.kill('SIGINT');
  }, 10);
  const [code] = await once(child, 'close');
  t.is(code, 130);
  t.regex(readFileSync(join(out, 'metrics.jsonl'), 'utf8'), /^\{"epoch":1,/);
  t.true(existsSync(join(out, 'best')));
});
