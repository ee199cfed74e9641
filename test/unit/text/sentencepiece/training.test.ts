import test from 'ava';
import { Heap } from '../../../../src/text/sentencepiece/Heap.js';
import { PairMap } from '../../../../src/text/sentencepiece/PairMap.js';
import { digamma } from '../../../../src/text/sentencepiece/training/digamma.js';
import { repeatedSubstrings } from '../../../../src/text/sentencepiece/training/repeatedSubstrings.js';
import { type WordTable, wordTable } from '../../../../src/text/sentencepiece/training/WordTable.js';
import { countWords } from '../../../../src/text/sentencepiece/training/words.js';
import fc from '../../../support/fastCheck.js';

const pause = () => undefined;
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 8 });
const someWords = fc
  .dictionary(word, fc.integer({ min: 1, max: 5 }), { minKeys: 1, maxKeys: 10 })
  .map((counts) => new Map(Object.entries(counts)));

const textOf = ({ alphabet, symbols }: WordTable, start: number, length: number): string =>
  Array.from(symbols.subarray(start, start + length), (symbol) => alphabet[symbol]).join('');

test('ψ has its known values, and ψ(x + 1) = ψ(x) + 1 / x', (t) => {
  const EULER = 0.5772156649015329;
  const near = (a: number, b: number): void => {
    t.true(Math.abs(a - b) < 1e-9 * Math.max(1, Math.abs(b)), `${a} ${b}`);
  };
  near(digamma(1), -EULER);
  near(digamma(0.5), -EULER - 2 * Math.LN2);
  near(digamma(10), 2.251752589066721);
  near(digamma(1e6), Math.log(1e6) - 0.5e-6);
  for (const x of [1e-3, 0.3, 2.5, 6.9, 7, 7.1, 1000]) near(digamma(x + 1), digamma(x) + 1 / x);
});

test('words begin with ▁ and end before the next space, special names are left out', async (t) => {
  const words = await countWords([' We  will, we', 'We<unk>will', '▁We ▁'], pause, () => {});
  t.deepEqual(Object.fromEntries(words), { '▁We': 3, '▁will,': 1, '▁we': 1, '▁will': 1, '▁': 1 });
});

test('the alphabet holds the most frequent characters, and words are cut where others stand', async (t) => {
  const table = await wordTable(
    new Map([
      ['▁aaxbb', 3],
      ['▁ab', 2],
    ]),
    0.98,
    pause,
  );
  t.deepEqual(table.alphabet, ['a', 'b', '▁', 'x']);
  const cut = await wordTable(
    new Map([
      ['▁aaxbb', 1],
      ['▁aabb', 99],
    ]),
    0.98,
    pause,
  );
  t.deepEqual(cut.alphabet, ['a', 'b', '▁']);
  const stretches = Array.from(cut.counts, (count, index) => {
    const [start = 0, end = 0] = cut.starts.subarray(index, index + 2);
    return [textOf(cut, start, end - start), count];
  });
  t.deepEqual(stretches, [
    ['▁aa', 1],
    ['bb', 1],
    ['▁aabb', 99],
  ]);
});

test('repeated substrings are those that occur twice and are not always followed by the same symbol', async (t) => {
  await fc.assert(
    fc.asyncProperty(someWords, fc.integer({ min: 1, max: 6 }), async (words, maxLength) => {
      const table = await wordTable(words, 1, pause);
      const found = await repeatedSubstrings(table, maxLength, pause);
      const counts = new Map<string, number>();
      for (const [text, count] of words)
        for (let from = 0; from < text.length; from++)
          for (let to = from + 2; to <= Math.min(text.length, from + maxLength); to++)
            counts.set(text.slice(from, to), (counts.get(text.slice(from, to)) ?? 0) + count);
      const isMaximal = ([text, count]: [string, number]): boolean =>
        count >= 2 && ![...'abc'].some((next) => counts.get(text + next) === count);
      const expected = [...counts].filter(isMaximal).sort();
      const texts = found.starts.map((start, place) => textOf(table, start, found.lengths[place] ?? 0));
      t.deepEqual(texts.map((text, place): [string, number] => [text, found.counts[place] ?? 0]).sort(), expected);
    }),
  );
});

test('a pair map is a map', (t) => {
  const number = fc.oneof(fc.nat(20), fc.nat());
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number), { maxLength: 3000 }), (pairs) => {
      const map = new PairMap();
      const reference = new Map<string, number>();
      pairs.forEach(([a, b], value) => {
        const known = reference.get(`${a} ${b}`);
        if (map.get(a, b) !== (known ?? -1)) t.fail();
        if (known !== undefined) return;
        map.add(a, b, value);
        reference.set(`${a} ${b}`, value);
      });
      return pairs.every(([a, b]) => map.get(a, b) === reference.get(`${a} ${b}`));
    }),
    {
      numRuns: 20,
      examples: [[Array.from({ length: 3000 }, (_, index): [number, number] => [index, index * 65_536])]],
    },
  );
  t.pass();
});

test('a heap gives its items in order, whatever comes between', (t) => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(50))), (steps) => {
      const heap = new Heap<number>((a, b) => a < b);
      const reference: number[] = [];
      for (const step of steps) {
        if (step !== null) {
          heap.push(step);
          reference.push(step);
          reference.sort((a, b) => a - b);
        } else t.is(heap.pop(), reference.shift());
      }
      while (reference.length > 0) t.is(heap.pop(), reference.shift());
      t.is(heap.pop(), undefined);
    }),
  );
});
