import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { parseComparison } from '../../../src/lab/comparison/parseComparison.js';
import { isOneLine, type Mistake } from '../../support/isMistake.js';
import { type CommandOutcome, runCommand } from '../../support/runCommand.js';

// The command as a user runs it, on a corpus of a few words.
const WORDS = ['we', 'will', 'build', 'a', 'good', 'road', 'and', 'then', 'go', 'home'];
const lines = Array.from(
  { length: 200 },
  (_, i) => `${Array.from({ length: 3 + (i % 5) }, (_, j) => WORDS[(i * 7 + j * 3) % 10]).join(' ')}.`,
);
const dir = mkdtempSync(join(tmpdir(), 'babblebrook-compare-'));
const corpus = join(dir, 'lines.txt');
const out = join(dir, 'compare');
writeFileSync(corpus, lines.join('\n'));
const TINY = ['--hidden', '8', '--embedding', '4', '--max-tokens', '500', '--prompt', 'we '];

const compare = (...flags: string[]) =>
  runCommand(['compare', '--corpus', corpus, '--sentence-per-line', ...TINY, ...flags]);
let compared: CommandOutcome;

test.before(async (t) => {
  t.timeout(600_000);
  compared = await compare('--epochs', '2', '--seeds', '2', '--cells', 'lstm,rnn', '--out', out);
});
test.after.always(() => rm(dir, { recursive: true, force: true }));

test.serial(
  'compare writes a record, a page, its Markdown and plots, and prints nothing to standard output',
  async (t) => {
    const { code, stdout, stderr } = compared;
    t.deepEqual({ code, stdout }, { code: 0, stdout: '' }, stderr);
    t.regex(stderr, /^run 4 of 4: rnn, seed 2, [\d,]+ parameters$/m);
    t.deepEqual(readdirSync(out).sort(), ['compare.json', 'plots', 'report.html', 'report.md']);
    t.regex(readFileSync(join(out, 'report.html'), 'utf8'), /<h1>LSTM and RNN on the same text<\/h1>/);
  },
);

test.serial('the record says what was asked for: cells, seeds, sizes that match, and every step', (t) => {
  const { runs, settings, text, cells } = parseComparison(
    readFileSync(join(out, 'compare.json'), 'utf8'),
    'compare.json',
  );
  t.deepEqual(
    runs.map(({ cell, seed }) => [cell, seed]),
    [
      ['lstm', 1],
      ['rnn', 1],
      ['lstm', 2],
      ['rnn', 2],
    ],
  );
  t.deepEqual(settings.budget, { epochs: 2 });
  const [lstm, rnn] = cells;
  t.is(rnn?.equation, 'h_t = tanh(x_t·W + h_{t−1}·U + b)');
  t.is(lstm?.hiddenSize, 8);
  t.true(Math.abs((rnn?.parameters ?? NaN) / (lstm?.parameters ?? NaN) - 1) < 0.05);
  const tokens = (index: number): number => runs[index]?.steps.tokens.reduce((sum, count) => sum + count, 0) ?? NaN;
  t.is(tokens(0), 2 * text.train.tokens);
  // Both cells of a seed learn from the same batches; the other seed's order is another.
  t.deepEqual(runs[0]?.steps.tokens, runs[1]?.steps.tokens);
  t.notDeepEqual(runs[0]?.steps.length, runs[2]?.steps.length);
  t.deepEqual(
    runs[0]?.samples.map(({ decoder }) => decoder),
    ['greedy', 'sample', 'beam'],
  );
});

test.serial('--redraw makes the same report from the record alone', async (t) => {
  const copy = join(dir, 'copy');
  mkdirSync(copy);
  writeFileSync(join(copy, 'compare.json'), readFileSync(join(out, 'compare.json')));
  const { code, stderr } = await compare('--redraw', '--out', copy);
  t.is(code, 0, stderr);
  for (const file of [
    'compare.json',
    'report.html',
    'report.md',
    ...readdirSync(join(out, 'plots')).map((name) => join('plots', name)),
  ])
    t.is(readFileSync(join(copy, file), 'utf8'), readFileSync(join(out, file), 'utf8'), file);
});

test.serial(
  '--resume trains what is missing alone, to the same digits, and takes the flags that the comparison began with',
  async (t) => {
    const copy = join(dir, 'resumed');
    mkdirSync(copy);
    const whole = parseComparison(readFileSync(join(out, 'compare.json'), 'utf8'), 'compare.json');
    writeFileSync(join(copy, 'compare.json'), JSON.stringify({ ...whole, runs: whole.runs.slice(0, 3), trials: [] }));
    const resume = (...flags: string[]) => runCommand(['compare', '--resume', '--out', copy, ...flags]);
    const { code, stderr } = await resume();
    t.is(code, 0, stderr);
    t.deepEqual(parseComparison(readFileSync(join(copy, 'compare.json'), 'utf8'), 'compare.json'), whole);
    t.regex(stderr, /^run 4 of 4/);
    isOneLine(t, await resume('--clip', '2'), 'InvalidArgumentError', '--clip');
  },
);

const mistakes: [string, string[], Mistake][] = [
  ['longer cells without longer', ['--longer-cells', 'rnn'], ['InvalidArgumentError', '--longer', '--longer-cells']],
  [
    'a rate and a search for it',
    ['--learning-rate', '0.1', '--tune'],
    ['commander.conflictingOption', '--tune', '--learning-rate'],
  ],
  ['rates that do not rise', ['--rates', '0.1,0.1'], ['commander.invalidArgument', '--rates']],
  ['a cell that does not exist', ['--cells', 'rnn,gpt'], ['InvalidArgumentError', '--cells']],
  ['a cell twice', ['--cells', 'rnn,rnn'], ['commander.invalidArgument', '--cells']],
  ['something else to match', ['--match', 'speed'], ['commander.invalidArgument', '--match']],
  ['epochs and minutes', ['--epochs', '1', '--minutes', '1'], ['commander.conflictingOption', '--epochs', '--minutes']],
  ['a missing corpus', ['--corpus', join(dir, 'none.txt')], ['SourceError']],
  ['nothing to draw again', ['--redraw'], ['FileFormatError', '--out']],
];
for (const [what, flags, expected] of mistakes)
  test.serial(`${what} is one clear line on standard error, exit code 2, and nothing written`, async (t) => {
    const nowhere = join(dir, `mistake-${what.replaceAll(' ', '-')}`);
    isOneLine(t, await compare('--epochs', '1', ...flags, '--out', nowhere), ...expected);
    t.false(existsSync(nowhere));
  });

test.serial('a comparison is not overwritten unasked', async (t) => {
  const outcome = await compare('--epochs', '1', '--out', out);
  isOneLine(t, outcome, 'InvalidArgumentError', '--out', '--resume', '--overwrite', '--redraw');
});

test.serial('a damaged record is one clear line, and its report stays', async (t) => {
  const damaged = join(dir, 'damaged');
  rmSync(damaged, { recursive: true, force: true });
  mkdirSync(damaged);
  writeFileSync(join(damaged, 'compare.json'), '{"format":"babblebrook comparison 2"}');
  writeFileSync(join(damaged, 'report.md'), 'old');
  isOneLine(t, await compare('--redraw', '--out', damaged), 'FileFormatError');
  t.is(readFileSync(join(damaged, 'report.md'), 'utf8'), 'old');
});

test.serial('an --out that cannot be written into is refused before anything is trained', async (t) => {
  isOneLine(t, await compare('--epochs', '1', '--out', ''), 'InvalidArgumentError', '--out');
  isOneLine(t, await compare('--epochs', '1', '--out', corpus), 'FileWriteError');
});
