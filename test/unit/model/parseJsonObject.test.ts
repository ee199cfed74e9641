import test from 'ava';
import { FileFormatError } from '../../../src/errors.js';
import { parseJsonObject } from '../../../src/model/parseJsonObject.js';
import fc from '../../support/fastCheck.js';

const parse = (text: string | Uint8Array) => parseJsonObject(Buffer.from(text), 'a.json');

/** An object with own properties only, whatever they are called. */
const jsonObject = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }));

test('whatever JSON an object becomes is parsed to the same object', (t) => {
  fc.assert(
    fc.property(jsonObject, fc.nat({ max: 4 }), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      t.deepEqual(parse(text), JSON.parse(text));
    }),
  );
});

test('a key twice in one object is refused, however deep, and however it is written', (t) => {
  for (const [text, key] of [
    ['{"a":1,"a":1}', 'a'],
    ['{"a": 1, "b": {"c": [{"d": 1, "e": "{", "d" : 2}]}}', 'd'],
    [String.raw`{"a\"b":1,"a\u0022b":2}`, String.raw`a\"b`],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"":1,"":2}', ''],
  ] as const)
    t.throws(() => parse(text), {
      instanceOf: FileFormatError,
      message: `Expected a.json to be a JSON object, got the key "${key}" twice`,
    });
});

test('a key in two objects, and a string that looks like keys, are no doubled keys', (t) => {
  for (const text of [
    '{"a":{"a":1},"b":{"a":2}}',
    '{"a":[{"b":1},{"b":2}]}',
    String.raw`{"a":"\"a\":1","b":"{\"b\":"}`,
    '{"a":"a","b":"a"}',
  ])
    t.deepEqual(parse(text), JSON.parse(text));
});

test('what is no object, no JSON or no UTF-8 is refused', (t) => {
  for (const [bytes, got] of [
    ['', /0 bytes that are no JSON/],
    ['{', /1 bytes that are no JSON/],
    ['\ufeff{}', /no JSON/],
    ['[]', /an instance of Array/],
    ['null', /null/],
    ['5', /5 \(number\)/],
    [Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), /no JSON/],
  ] as const)
    t.throws(() => parse(bytes), { instanceOf: FileFormatError, message: got });
});

test('neither long strings nor deep nesting are too much', (t) => {
  const long = JSON.stringify({ a: 'x'.repeat(2e7), b: '\\"'.repeat(5e6) });
  t.deepEqual(parse(long), JSON.parse(long));
  const deep = `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`;
  t.deepEqual(Object.keys(parse(deep)), ['a']);
  t.throws(() => parse(`${'{"a":'.repeat(1e5)}{"b":1,"b":2}${'}'.repeat(1e5)}`), { message: /the key "b" twice/ });
});
