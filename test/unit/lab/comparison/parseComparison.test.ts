import test from 'ava';
import { FileFormatError } from '../../../../src/errors.js';
import { parseComparison } from '../../../../src/lab/comparison/parseComparison.js';
import { comparisonFixture } from '../../../support/comparisons.js';
import fc from '../../../support/fastCheck.js';

const json = JSON.stringify(comparisonFixture());
const parse = (text: string) => parseComparison(text, 'compare.json');

test('a comparison that was written is read', (t) => {
  t.deepEqual(parse(json), JSON.parse(json));
});

const mistakes: [string, string, RegExp][] = [
  ['no JSON', '{"format": ', /compare\.json to be JSON/],
  [
    'another format',
    json.replace('comparison 2', 'comparison 1'),
    /comparison of this version \(babblebrook comparison 2\), got babblebrook comparison 1: it must be made again/,
  ],
  ['a cell without a name', json.replace('"cell":"lstm"', '"cell":5'), /cells\[1\]\.cell/],
  [
    'an equation that is no text',
    json.replace(/"equation":"[^"]*"/, '"equation":7'),
    /cells\[0\]\.equation that is a string/,
  ],
  [
    'a number that is none',
    json.replace('"clipNorm":1', '"clipNorm":null'),
    /settings\.clipNorm that is a finite number/,
  ],
  ['no cells', json.replace(/"cells":\[\{.*"trials"/, '"cells":[],"trials"'), /cells that is a list of at least 1/],
  [
    'a run of no cell of it',
    json.replace(/"runs":\[\{"cell":"rnn"/, '"runs":[{"cell":"none"'),
    /runs\[0\]\.cell that is one of its cells/,
  ],
  ['no budget', json.replace('"minutes"', '"hours"'), /settings\.budget\.epochs that is a finite number/],
  [
    'columns of unequal length',
    json.replace(/"length":\[10,/, '"length":['),
    /runs\[0\]\.steps that has columns of equal length/,
  ],
  ['a text that is a number', json.replace('"prompt":"We <will> "', '"prompt":3'), /settings\.prompt that is a string/],
];
for (const [what, text, message] of mistakes)
  test(`${what} is an error that says where`, (t) => {
    t.throws(() => parse(text), { instanceOf: FileFormatError, message });
  });

test('any other JSON is an error of ours', (t) => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      t.throws(() => parse(text), { instanceOf: FileFormatError });
    }),
  );
});
