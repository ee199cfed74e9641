import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { latestCheckpoint } from '../../src/training/checkpoints/latestCheckpoint.js';
import { killAtRandom } from '../support/killAtRandom.js';
import { programAt } from '../support/places.js';
import { runNode } from '../support/runProgram.js';
import { temporaryDirectory } from '../support/temporaryFiles.js';

const EPOCHS = 60;

const TRAININGS = { 'a training': [], 'a training that carries its state': ['carry'] };
for (const [name, flags] of Object.entries(TRAININGS))
  test(`${name}, killed 20 times at random moments, ends with the losses and weights of one never killed`, async (t) => {
    const parent = await temporaryDirectory(t);
    const run = (dir: string): string[] => programAt('test/support/resumableProgram.ts', dir, `${EPOCHS}`, ...flags);
    const result = (dir: string) => {
      const { state, notes } = latestCheckpoint(dir)?.checkpoint ?? t.fail();
      const { seconds: _, ...numbers } = state;
      return { metrics: readFileSync(join(dir, 'metrics.jsonl'), 'utf8'), numbers, notes };
    };
    const [whole, killed] = [join(parent, 'whole'), join(parent, 'killed')];
    const { code, stderr } = await runNode(run(whole));
    t.is(code, 0, stderr);
    const expected = result(whole);
    t.is(expected.metrics.trim().split('\n').length, EPOCHS);
    const done = await killAtRandom({
      ...{ program: process.execPath, args: run(killed), kills: 20, within: 1500 },
      whenDone: () => {
        t.deepEqual(result(killed), expected);
        rmSync(killed, { recursive: true });
      },
    });
    t.log(`it came to its end ${done} times`);
  });

test('npm run train -- --resume, killed 20 times at random moments, ends with the losses of a run never killed', async (t) => {
  const parent = await temporaryDirectory(t);
  const corpus = join(parent, 'sentences.txt');
  const sentences = readFileSync('corpus/state-of-the-union.txt', 'utf8').match(/[A-Z][a-z ,]{20,80}\./g) ?? [];
  writeFileSync(corpus, sentences.slice(0, 150).join('\n'));
  const text = ['--corpus', corpus, '--sentence-per-line', '--hold-out', '0.1'];
  const size = ['--hidden', '12', '--embedding', '6', '--max-tokens', '400', '--epochs', '6', '--workers', '2'];
  const run = (dir: string): string[] => [
    ...programAt('scripts/train.ts', ...text, ...size),
    ...['--checkpoint-every', '2', '--resume', '--out', dir],
  ];
  const losses = (dir: string) =>
    readFileSync(join(dir, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ epoch, trainNatsPerToken, validNatsPerToken }) => ({ epoch, trainNatsPerToken, validNatsPerToken }));
  const [whole, killed] = [join(parent, 'whole'), join(parent, 'killed')];
  const { code, stderr } = await runNode(run(whole));
  t.is(code, 0, stderr);
  t.regex(stderr, /no checkpoint yet: the run begins/);
  const expected = losses(whole);
  t.is(expected.length, 6);
  const done = await killAtRandom({
    ...{ program: process.execPath, args: run(killed), kills: 20, within: 2500 },
    whenDone: () => {
      t.deepEqual(losses(killed), expected);
      rmSync(killed, { recursive: true });
    },
  });
  t.log(`it came to its end ${done} times`);
});
