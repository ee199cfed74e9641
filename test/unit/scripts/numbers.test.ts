import test from 'ava';
import { InvalidArgumentError as FlagError } from 'commander';
import { count, integer, numberThat, part, positive, seed, share } from '../../../scripts/cli/numbers.js';
import { runCommand } from '../../support/runCommand.js';

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

test('the help of a command that takes numbers says how they are written', async (t) => {
  t.regex((await runCommand(['train', '--help'])).stdout, /Numbers are decimal/);
  t.notRegex((await runCommand(['evaluate', '--help'])).stdout, /Numbers are decimal/);
});
