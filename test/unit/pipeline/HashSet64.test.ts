import test from 'ava';
import { HashSet64 } from '../../../src/pipeline/HashSet64.js';
import fc from '../../support/fastCheck.js';

test('a string is new the first time, and never again', (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 3 }), { maxLength: 60 }), (strings) => {
      const set = new HashSet64();
      const reference = new Set<string>();
      for (const string of strings) {
        if (set.add(string) === reference.has(string)) return false;
        reference.add(string);
      }
      return set.size === reference.size;
    }),
  );
  t.pass();
});

test('no two of all strings of up to two code units are taken for one', (t) => {
  const set = new HashSet64();
  t.true(set.add(''));
  let distinct = 1;
  for (let first = 0; first < 2 ** 16; first++) if (set.add(String.fromCharCode(first))) distinct++;
  for (let first = 0; first < 2 ** 16; first += 257)
    for (let second = 0; second < 2 ** 16; second += 61) if (set.add(String.fromCharCode(first, second))) distinct++;
  t.is(distinct, 1 + 2 ** 16 + Math.ceil(2 ** 16 / 257) * Math.ceil(2 ** 16 / 61));
});

test('strings are told apart that differ in their length alone', (t) => {
  const set = new HashSet64();
  for (let length = 0; length < 200; length++) t.true(set.add('\0'.repeat(length)));
});

test('strings are told apart that differ in one bit or in the order of their code units', (t) => {
  const set = new HashSet64();
  const text = 'Four score and seven years ago our fathers brought forth.';
  t.true(set.add(text));
  for (let at = 0; at < text.length; at++)
    for (let bit = 0; bit < 16; bit++) {
      const changed = String.fromCharCode(text.charCodeAt(at) ^ (1 << bit));
      t.true(set.add(text.slice(0, at) + changed + text.slice(at + 1)));
    }
  for (let at = 1; at < text.length; at++) t.true(set.add(text.slice(at) + text.slice(0, at)));
});

test('a million strings take 16.8 MB, and all are told apart', (t) => {
  const set = new HashSet64();
  for (let number = 0; number < 1e6; number++) set.add(`Sentence ${number}.`);
  t.is(set.size, 1e6);
  t.is(set.byteLength, 16_777_216);
});

test('a string takes no more than 21.4 bytes once there are a thousand', (t) => {
  const set = new HashSet64();
  for (let number = 0; number < 50_000; number++) {
    set.add(String(number));
    if (number >= 1000 && set.byteLength > 21.4 * set.size) t.fail(`${set.byteLength} bytes for ${set.size}`);
  }
  t.pass();
});
