import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { isMistake, type Mistake } from '../../support/isMistake.js';
import { type CommandOutcome, runCommand } from '../../support/runCommand.js';

// Every flag of `train` that says what is learned and how, and what is made of a text, on a text of a few words.
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-score-'));
const run = join(dir, 'run');
const corpus = join(dir, 'text.txt');
const WORDS = ['wir', 'bauen', 'z. B.', 'eine', 'gute', 'Straße', 'und', 'gehen', 'heim'];
const lines = Array.from({ length: 120 }, (_, i) => `${WORDS.map((_, j) => WORDS[(i * j + i) % 9]).join(' ')}.`);
writeFileSync(corpus, [...lines, ...lines].join('\n'));
const command = (...argv: string[]) => runCommand(argv);
const TRAINING = [
  ...(['train', '--corpus', corpus, '--locale', 'de', '--line-breaks', 'paragraph', '--drop-duplicates'] as const),
  ...['--optimizer', 'adamW', '--weight-decay', '0.05', '--tie-weights', '--hidden', '12', '--embedding', '12'],
  ...['--initial-state', 'learned', '--cell', 'lstm', '--forget-bias', '1', '--layers', '2', '--dropout', '0.1'],
  ...['--learning-rate', '0.01', '--clip', '2', '--max-tokens', '600', '--max-length', '100', '--epochs', '1'],
  ...['--out', run, '--no-tensorboard'],
];
let trained: CommandOutcome;

test.before(async (t) => {
  t.timeout(600_000);
  trained = await command(...TRAINING);
});
test.after.always(() => rm(dir, { recursive: true, force: true }));

test.serial('every flag is in the run’s settings, and the text was read as they say', async (t) => {
  const { code, stderr } = trained;
  t.is(code, 0, stderr);
  const { model, ...settings } = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
  t.like(settings, {
    locale: 'de',
    lineBreaks: 'paragraph',
    dropDuplicates: true,
    optimizer: 'adamW',
    weightDecay: 0.05,
  });
  t.like(settings, { tieWeights: true, initialState: 'learned', forgetBias: 1, layers: 2, dropout: 0.1, clip: 2 });
  t.like(model, { tieWeights: true, initialState: 'learned', forgetBias: 1 });
  // Each line once, and none cut at the abbreviation.
  const distinct = new Set(lines).size;
  const [, learned, held] = /train on (\d+) sentences.*validate on (\d+) sentences/.exec(stderr) ?? [];
  t.is(Number(learned) + Number(held), distinct);
});

test.serial('score prints a line a token, whose sum is what evaluate says of the same sentence', async (t) => {
  const sentence = 'Wir bauen.';
  const { code, stdout, stderr } = await command('score', '--run', run, sentence);
  t.is(code, 0, stderr);
  const rows = stdout.trimEnd().split('\n');
  t.is(rows[0], 'probability      nats  token');
  t.is(rows.length, 1 + [...sentence].length + 1 + 1);
  t.regex(rows.at(-2) ?? '', /\(end\)$/);
  const nats = rows.slice(1, -1).map((row) => Number(row.trim().split(/\s+/)[1]));
  const [, sum] = /^(-[\d.]+) nats in 11 tokens/.exec(rows.at(-1) ?? '') ?? [];
  t.true(Math.abs(nats.reduce((a, b) => a + b, 0) - Number(sum)) < 0.01);
  const file = join(dir, 'one.txt');
  writeFileSync(file, sentence);
  const evaluated = JSON.parse((await command('evaluate', '--run', run, '--text', file, '--locale', 'de')).stdout);
  t.true(Math.abs(evaluated.natsPerToken + Number(sum) / 11) < 1e-3);
  t.regex((await command('score', '--run', run, 'w☃')).stdout, / {2}"w"\n.* {2}\(unknown\)\n/);
});

test.serial('with --json, each line of standard input is a line with the same numbers', async (t) => {
  const flags = ['--run', run, '--json', '--prompt', 'Wir '];
  const input = 'bauen.\n\ngehen heim.\n';
  const { code, stdout, stderr } = await runCommand(['score', ...flags], { input });
  t.is(code, 0, stderr);
  const found = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual(
    found.map(({ sentence, tokens }) => [sentence, tokens.map(({ text }: { text: string }) => text).join('')]),
    [
      ['bauen.', 'bauen.'],
      ['gehen heim.', 'gehen heim.'],
    ],
  );
  for (const { tokens, logProbability, natsPerToken, perplexity } of found) {
    const sum = tokens.reduce((nats: number, token: { logProbability: number }) => nats + token.logProbability, 0);
    t.true(Math.abs(sum - logProbability) < 1e-9);
    t.true(Math.abs(Math.log(perplexity) - natsPerToken) < 1e-9);
  }
});

test.serial('weight decay without AdamW, and ties of unequal sizes, are one clear line', async (t) => {
  const mistakes: [string[], Mistake][] = [
    [
      ['--weight-decay', '0.1', '--optimizer', 'adam'],
      ['InvalidArgumentError', '--weight-decay', '--optimizer'],
    ],
    [['--tie-weights'], ['InvalidArgumentError', '--embedding', '--hidden', '--tie-weights']],
    [
      ['--locale', 'no tag'],
      ['InvalidArgumentError', '--locale'],
    ],
  ];
  for (const [flags, expected] of mistakes)
    isMistake(t, await command('train', '--corpus', corpus, '--out', join(dir, 'none'), ...flags), ...expected);
});
