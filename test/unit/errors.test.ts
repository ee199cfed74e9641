import test from 'ava';
import * as errors from '../../src/errors.js';
import {
  BabblebrookError,
  checkNumber,
  checkOneOf,
  describe,
  EncodingError,
  InvalidArgumentError,
  invalid,
  NonFiniteError,
  type NumberRule,
  SourceError,
  SourceFormatError,
} from '../../src/errors.js';
import fc from '../support/fastCheck.js';

/** Errors whose message ends with a place: each has a test of its own. */
const PLACED: readonly unknown[] = [EncodingError, SourceFormatError];

const CLASSES = Object.entries(errors).filter(
  (entry): entry is [string, typeof BabblebrookError] =>
    Object.prototype.isPrototypeOf.call(BabblebrookError, entry[1]) && !PLACED.includes(entry[1]),
);

test('there are classes', (t) => {
  t.true(CLASSES.length > 10);
});

for (const [name, Class] of CLASSES)
  test(`${name} is a BabblebrookError that tells its name and its cause`, (t) => {
    const cause = new Error('why');
    const error = new Class('what', { cause });
    t.true(error instanceof BabblebrookError);
    t.is(String(error), `${name}: what`);
    t.is(error.cause, cause);
  });

test('SourceFormatError tells the record and the byte offset, in words and as properties', (t) => {
  const error = new SourceFormatError('Expected a text', { source: 'a.jsonl', row: 3, byteOffset: 40 });
  t.true(error instanceof SourceError);
  t.is(String(error), 'SourceFormatError: Expected a text, at record 3, byte 40');
  t.like(error, { source: 'a.jsonl', row: 3, byteOffset: 40 });
});

test('EncodingError tells the source and the byte offset, in words and as properties', (t) => {
  const error = new EncodingError('speech.txt', 17);
  t.true(error instanceof BabblebrookError);
  t.is(String(error), 'EncodingError: Expected speech.txt to be UTF-8 text, got an invalid byte sequence at byte 17');
  t.like(error, { source: 'speech.txt', byteOffset: 17 });
});

test('an invalid argument is told with its name, what was expected, and what came', (t) => {
  const error = invalid('clipNorm', 'a positive number', -1);
  t.true(error instanceof InvalidArgumentError);
  t.is(error.message, 'Expected clipNorm to be a positive number, got -1 (number)');
});

test('an error knows the options that its message names', (t) => {
  t.deepEqual(invalid('clipNorm', 'a positive number', -1).options, ['clipNorm']);
  t.deepEqual(new NonFiniteError('a lower clipNorm may help', { options: ['clipNorm'] }).options, ['clipNorm']);
  t.deepEqual(new InvalidArgumentError('what').options, []);
});

const DESCRIBED: readonly (readonly [unknown, string])[] = [
  [null, 'null'],
  [undefined, 'undefined'],
  [NaN, 'NaN (number)'],
  [12n, '12 (bigint)'],
  [true, 'true (boolean)'],
  [Symbol('s'), 'Symbol(s) (symbol)'],
  ['say "no"', '"say \\"no\\"" (string)'],
  [[1], 'an instance of Array'],
  [new Map(), 'an instance of Map'],
  [{}, 'an instance of Object'],
  [() => 1, 'a function'],
];

for (const [value, words] of DESCRIBED)
  test(`a value is described as ${words}`, (t) => {
    t.is(describe(value), words);
  });

test('an object without a class, or of one without a name, is described as an Object', (t) => {
  t.is(describe(Object.create(null)), 'an instance of Object');
  t.is(describe(new (class {})()), 'an instance of Object');
});

test('a long string is described by its beginning', (t) => {
  const words = describe('x'.repeat(1000));
  t.true(words.length < 80);
  t.regex(words, /^"x+…" \(string\)$/);
});

test('checkNumber returns exactly the numbers that the rule allows', (t) => {
  const bound = fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined });
  const value = fc.oneof(
    fc.integer({ min: -7, max: 7 }),
    fc.double(),
    fc.constantFrom(Infinity, -Infinity, NaN, '1', undefined),
  );
  fc.assert(
    fc.property(fc.boolean(), bound, bound, bound, bound, value, (integer, min, max, above, below, given) => {
      const rule = Object.fromEntries(
        Object.entries({ integer, min, max, above, below }).filter(([, limit]) => limit !== undefined),
      ) as NumberRule;
      const allowed =
        typeof given === 'number' &&
        Number.isFinite(given) &&
        (!integer || Number.isSafeInteger(given)) &&
        !(min !== undefined && given < min) &&
        !(max !== undefined && given > max) &&
        !(above !== undefined && given <= above) &&
        !(below !== undefined && given >= below);
      try {
        return Object.is(checkNumber('n', given, rule), given) && allowed;
      } catch (error) {
        return error instanceof InvalidArgumentError && !allowed;
      }
    }),
  );
  t.pass();
});

const RULES: readonly (readonly [NumberRule, string])[] = [
  [{}, 'a number that is finite'],
  [{ integer: true }, 'an integer that is finite'],
  [{ integer: true, min: 1 }, 'an integer of at least 1'],
  [{ above: 0 }, 'a number above 0'],
  [{ min: 0, max: 1 }, 'a number of at least 0 and of at most 1'],
  [{ min: 0, below: 1 }, 'a number of at least 0 and below 1'],
];

for (const [rule, words] of RULES)
  test(`checkNumber asks for ${words}`, (t) => {
    t.throws(() => checkNumber('dropout', NaN, rule), {
      instanceOf: InvalidArgumentError,
      message: `Expected dropout to be ${words}, got NaN (number)`,
    });
  });

test('checkOneOf returns an allowed value, and names them all for any other', (t) => {
  t.is(checkOneOf('keep', 'train', ['train', 'valid']), 'train');
  t.throws(() => checkOneOf('keep', 'test', ['train', 'valid']), {
    instanceOf: InvalidArgumentError,
    message: 'Expected keep to be one of train, valid, got "test" (string)',
  });
});
