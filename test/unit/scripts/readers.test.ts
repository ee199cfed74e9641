import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { isMistake } from '../../support/isMistake.js';
import { runCommand } from '../../support/runCommand.js';
import '../../support/ownProcess.js';

// generate and score, over what computes: typed arrays where nothing is said.
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-readers-'));
const run = join(dir, 'run');
const corpus = join(dir, 'text.txt');
writeFileSync(corpus, Array.from({ length: 60 }, (_, i) => `We go on ${i % 7} days, and ${i} nights.`).join('\n'));
const trained = runCommand([
  ...[
    'train',
    '--corpus',
    corpus,
    '--hidden',
    '12',
    '--embedding',
    '8',
    '--layers',
    '2',
    '--epochs',
    '2',
    '--out',
    run,
  ],
  '--no-tensorboard',
]);
test.before(async (t) => {
  t.timeout(600_000);
  const { code, stderr } = await trained;
  t.is(code, 0, stderr);
});
test.after.always(() => rm(dir, { recursive: true, force: true }));

const generate = async (flags: string): Promise<string> =>
  (await runCommand(['generate', '--run', run, '--max-length', '40', ...flags.split(' ')])).stdout;

for (const flags of [
  '--decoder sample --count 3',
  '--decoder greedy',
  '--decoder beam --beams 4 --count 3',
  '--decoder stochastic --beams 4 --count 4',
  '--decoder beam --beams 3 --show-beams',
])
  test.serial(`generate ${flags} says the same, whatever computes`, async (t) => {
    const byDefault = await generate(flags);
    t.not(byDefault, '');
    for (const backend of ['inference', 'cpu'])
      t.is(await generate(`${flags} --backend ${backend}`), byDefault, backend);
  });

test.serial('the first three sentences of twenty are the three of three', async (t) => {
  const [few, many] = [await generate('--count 3'), await generate('--count 20')];
  t.is(few.split('\n').length, 4);
  t.true(many.startsWith(few));
});

test.serial('score says the same, whatever computes', async (t) => {
  const scores = [];
  for (const flags of [[], ['--backend', 'inference'], ['--backend', 'cpu']])
    scores.push((await runCommand(['score', '--run', run, ...flags, 'We go.'])).stdout);
  t.regex(scores[0] ?? '', /nats\/token, perplexity/);
  t.deepEqual(scores, Array(3).fill(scores[0]));
});

test.serial('a search with more than 32 hypotheses goes over TensorFlow, or what takes its place', async (t) => {
  const flags = '--decoder beam --beams 33';
  t.is(await generate(flags), await generate(`${flags} --backend inference`));
});

test.serial('without a run there is the library’s message, whatever computes', async (t) => {
  for (const flags of [[], ['--backend', 'inference'], ['--backend', 'cpu']])
    isMistake(t, await runCommand(['generate', '--run', join(dir, 'none'), ...flags]), 'FileFormatError', '--run');
});
