import test from 'ava';
import { InvalidArgumentError as FlagError } from 'commander';
import {
  command,
  count,
  integer,
  numberThat,
  part,
  positive,
  seed,
  share,
  withFlags,
} from '../../../scripts/cli/command.js';
import { InvalidArgumentError, invalid, NonFiniteError } from '../../../src/errors.js';

const number = numberThat('a number', Number.isFinite);

const NUMBERS: [string, number][] = [
  ['12', 12],
  ['+12', 12],
  ['-0.5', -0.5],
  ['.5', 0.5],
  ['5.', 5],
  ['1e-3', 1e-3],
  ['1E3', 1000],
  ['007', 7],
];
for (const [text, value] of NUMBERS) test(`${text} in a flag is the number ${value}`, (t) => t.is(number(text), value));

const NO_NUMBERS = [
  ...[
    '',
    ' ',
    ' 5 ',
    '5\n',
    '0x10',
    '0b1',
    '0o7',
    '1_000',
    '5,000',
    '5 000',
    '١٢',
    '５',
    'Infinity',
    '-Infinity',
    'NaN',
  ],
  ...['1e', 'e1', '1e400', '.', '-', '--5', '1.2.3', '5n', '½', 'five', '1e1.5', '𝟓'],
];
for (const text of NO_NUMBERS)
  test(`${JSON.stringify(text)} in a flag is no number, whatever it should be`, (t) => {
    for (const parse of [number, integer, count, positive, share, part, seed])
      t.throws(() => parse(text), { instanceOf: FlagError, message: /^Expected an? .*, in decimals\.$/ });
  });

test('flags that count take whole numbers, also written with an exponent', (t) => {
  t.is(count('1e3'), 1000);
  t.is(integer('-3'), -3);
  for (const text of ['0', '-1', '1.5', '1e300', '9007199254740993']) t.throws(() => count(text));
});

test('an integer that is too large hears of the bound it broke', (t) => {
  for (const parse of [integer, count]) t.throws(() => parse('1e17'), { message: /below 2\^53, in decimals/ });
  t.throws(() => seed('1e17'), { message: /at most 2\^52/ });
});

test('a share to hold out is neither nothing nor all, a share to drop may be nothing', (t) => {
  t.is(share('0'), 0);
  t.is(part('0.05'), 0.05);
  for (const text of ['0', '1', '-0.1', '1e-400']) t.throws(() => part(text));
});

test('a seed leaves room for those that are counted up from it', (t) => {
  t.true(Number.isSafeInteger(seed(String(2 ** 52)) + 1e9));
  t.is(seed('-7'), -7);
  for (const text of [String(2 ** 52 + 1), String(Number.MAX_SAFE_INTEGER), '0.5']) t.throws(() => seed(text));
});

test('the help of a command that takes numbers says how they are written', (t) => {
  const helpOf = (program: ReturnType<typeof command>): string => {
    let help = '';
    program.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    return help;
  };
  t.regex(helpOf(command('x', 'does', []).option('--seed <n>', 'seed', integer)), /Numbers are decimal/);
  t.notRegex(helpOf(command('x', 'does', []).option('--run <dir>', 'run')), /Numbers are decimal/);
});

const program = command('x', 'does', [])
  .option('--hidden <n>', '')
  .option('--learning-rate <x>', '')
  .option('--clip <x>', '')
  .option('--top-k <n>', '')
  .option('--out <dir>', '')
  .option('--stop <text...>', '')
  .option('--tokenizer <name>', '');

test('a message about an option of the library names the flag', (t) => {
  t.is(
    withFlags(invalid('hiddenSize', 'an integer', 0.5), program),
    'Expected --hidden to be an integer, got 0.5 (number)',
  );
  t.is(
    withFlags(invalid('peak', 'a number', NaN), program),
    'Expected --learning-rate to be a number, got NaN (number)',
  );
  t.is(withFlags(invalid('topK', 'a number', NaN), program), 'Expected --top-k to be a number, got NaN (number)');
  t.is(
    withFlags(invalid('vocabularySize', 'a number', NaN), program),
    'Expected the N of --tokenizer sentencepiece:N to be a number, got NaN (number)',
  );
});

test('a path that is none is the flag that gave it', (t) => {
  t.is(
    withFlags(invalid('path', 'the path of a file', ''), program),
    'Expected --out to be the path of a file, got "" (string)',
  );
});

test('an element of an option is a value of its flag', (t) => {
  t.is(
    withFlags(invalid('stop[1]', 'a string that is not empty', ''), program),
    'Expected --stop to be a string that is not empty, got "" (string)',
  );
});

test('of several options in a message, each becomes its flag', (t) => {
  const error = new NonFiniteError('Expected a loss. A lower learningRate or clipNorm may help', {
    options: ['learningRate', 'clipNorm'],
  });
  t.is(withFlags(error, program), 'Expected a loss. A lower --learning-rate or --clip may help');
});

test('where a command has no such flag, or a message names no option, it stays as it is', (t) => {
  t.is(
    withFlags(invalid('embeddingSize', 'a number', NaN), program),
    'Expected embeddingSize to be a number, got NaN (number)',
  );
  t.is(withFlags(new InvalidArgumentError('hiddenSize of config.json'), program), 'hiddenSize of config.json');
});
