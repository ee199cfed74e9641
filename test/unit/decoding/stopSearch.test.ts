import test from 'ava';
import { stopSearch } from '../../../src/decoding/stopSearch.js';
import fc from '../../support/fastCheck.js';
import { sweepOf } from '../../support/sweeps.js';

/** Of few characters, so that strings overlap, begin and end alike, and hold each other. */
const textOf = (lengths: { minLength: number; maxLength: number }): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\ud83d', '\ude00'), ...lengths });
const stops = fc.array(fc.oneof(textOf({ minLength: 1, maxLength: 5 }), fc.constantFrom('abab', 'aab', 'ba', 'a')), {
  maxLength: 4,
});
const parts = fc.array(textOf({ minLength: 0, maxLength: 6 }), { maxLength: 6 });

/** Where the string begins that ends first, and of those that end there, the longest, by looking at every place. */
function startIn(text: string, strings: readonly string[]): number | undefined {
  for (let end = 1; end <= text.length; end++) {
    const lengths = strings.filter((string) => text.slice(0, end).endsWith(string)).map(({ length }) => length);
    if (lengths.length > 0) return end - Math.max(...lengths);
  }
  return undefined;
}

/** How long the longest beginning of a string is that a text ends with, which is not all of the string. */
function openIn(text: string, strings: readonly string[]): number {
  const lengths = strings.flatMap((string) =>
    Array.from({ length: string.length }, (_, length) => length).filter((length) =>
      text.endsWith(string.slice(0, length)),
    ),
  );
  return Math.max(0, ...lengths);
}

test('it finds what looking at the whole text finds, in however many parts that comes', (t) => {
  fc.assert(
    fc.property(stops, parts, (strings, texts) => {
      let search = stopSearch(strings);
      let whole = '';
      for (const text of texts) {
        search = search.after(text);
        whole += text;
        t.is(search.start, startIn(whole, strings));
        if (search.start === undefined) t.is(search.open, openIn(whole, strings));
      }
    }),
    { numRuns: sweepOf(5000, 1000) },
  );
});

test('a search that is gone on from in two ways is not changed by either', (t) => {
  const begun = stopSearch(['abc', 'bd']).after('xab');
  t.is(begun.after('c').start, 1);
  t.is(begun.after('d').start, 2);
  t.is(begun.start, undefined);
  t.is(begun.open, 2);
});

test('of strings that hold each other, the one counts that ends first; of those that end at one place, the longest', (t) => {
  t.is(stopSearch(['abcd', 'bc']).after('abcd').start, 1);
  t.is(stopSearch(['c', 'bc', 'abc']).after('xabc').start, 1);
  t.is(stopSearch(['ab', 'abab']).after('abab').start, 0);
});

test('a text of one character against a stop string of it takes time in proportion', (t) => {
  const stop = `${'a'.repeat(50_000)}b`;
  let search = stopSearch([stop]);
  for (let part = 0; part < 1000; part++) search = search.after('a'.repeat(200));
  t.is(search.open, 50_000);
  t.is(search.after('b').start, 150_000);
});
