import test from 'ava';
import { Option } from 'commander';
import { withFlags } from '../../../scripts/cli/withFlags.js';
import { InvalidArgumentError, invalid, NonFiniteError } from '../../../src/errors.js';

const flags = [
  new Option('--hidden <n>'),
  new Option('--learning-rate <x>'),
  new Option('--clip <x>'),
  new Option('--top-k <n>'),
  new Option('--out <dir>'),
  new Option('--stop <text...>'),
  new Option('--tokenizer <name>'),
];

test('a message about an option of the library names the flag', (t) => {
  t.is(
    withFlags(invalid('hiddenSize', 'an integer', 0.5), flags),
    'Expected --hidden to be an integer, got 0.5 (number)',
  );
  t.is(
    withFlags(invalid('learningRate', 'a number', NaN), flags),
    'Expected --learning-rate to be a number, got NaN (number)',
  );
  t.is(withFlags(invalid('topK', 'a number', NaN), flags), 'Expected --top-k to be a number, got NaN (number)');
  t.is(
    withFlags(invalid('vocabularySize', 'a number', NaN), flags),
    'Expected the N of --tokenizer sentencepiece:N to be a number, got NaN (number)',
  );
});

test('a path that is none is the flag that gave it', (t) => {
  t.is(
    withFlags(invalid('path', 'the path of a file', ''), flags),
    'Expected --out to be the path of a file, got "" (string)',
  );
});

test('an element of an option is a value of its flag', (t) => {
  t.is(
    withFlags(invalid('stop[1]', 'a string that is not empty', ''), flags),
    'Expected --stop to be a string that is not empty, got "" (string)',
  );
});

test('of several options in a message, each becomes its flag', (t) => {
  const error = new NonFiniteError('Expected a loss. A lower learningRate or clipNorm may help', {
    options: ['learningRate', 'clipNorm'],
  });
  t.is(withFlags(error, flags), 'Expected a loss. A lower --learning-rate or --clip may help');
});

test('where a command has no such flag, or a message names no option, it stays as it is', (t) => {
  t.is(
    withFlags(invalid('embeddingSize', 'a number', NaN), flags),
    'Expected embeddingSize to be a number, got NaN (number)',
  );
  t.is(withFlags(new InvalidArgumentError('hiddenSize of config.json'), flags), 'hiddenSize of config.json');
});
