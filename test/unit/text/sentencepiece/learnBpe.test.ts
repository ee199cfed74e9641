import test from 'ava';
import { learnBpe } from '../../../../src/text/sentencepiece/training/bpe.js';
import { wordTable } from '../../../../src/text/sentencepiece/training/WordTable.js';
import fc from '../../../support/fastCheck.js';
import { sweepOf } from '../../../support/sweeps.js';

const pause = () => undefined;
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 8 });
const someWords = fc
  .dictionary(word, fc.integer({ min: 1, max: 5 }), { minKeys: 1, maxKeys: 10 })
  .map((counts) => new Map(Object.entries(counts)));

/** BPE as it is defined: count all pairs, merge the most frequent one, again and again. */
function simpleBpe(words: ReadonlyMap<string, number>, merges: number): string[] {
  let split = [...words].map(([text, count]) => ({ symbols: [...text], count }));
  const made: string[] = [];
  while (made.length < merges) {
    const pairs = new Map<string, { left: string; right: string; count: number }>();
    for (const { symbols, count } of split)
      symbols.slice(1).forEach((right, at) => {
        const left = symbols[at] ?? '';
        const pair = pairs.get(`${left} ${right}`) ?? { left, right, count: 0 };
        pairs.set(`${left} ${right}`, { ...pair, count: pair.count + count });
      });
    const [first] = [...pairs.values()]
      .filter(({ count }) => count >= 2)
      .map((pair) => ({ ...pair, text: pair.left + pair.right }))
      .sort((a, b) => b.count - a.count || a.text.length - b.text.length || (a.text < b.text ? -1 : 1));
    if (!first) break;
    split = split.map(({ symbols, count }) => ({ symbols: mergePair(symbols, first.left, first.right), count }));
    if (!made.includes(first.text)) made.push(first.text);
  }
  return made;
}

function mergePair(symbols: readonly string[], left: string, right: string): string[] {
  const merged: string[] = [];
  for (let at = 0; at < symbols.length; at++) {
    const isPair = symbols[at] === left && symbols[at + 1] === right;
    merged.push(isPair ? left + right : (symbols[at] ?? ''));
    if (isPair) at++;
  }
  return merged;
}

test('BPE merges what counting all pairs again for every merge would merge', async (t) => {
  await fc.assert(
    fc.asyncProperty(someWords, async (words) => {
      const table = await wordTable(words, 1, pause);
      const learned = await learnBpe(table, table.alphabet.length + 12, 16, pause, () => {});
      const merges = learned.map(({ text }) => text).slice(0, -table.alphabet.length);

      t.deepEqual(merges, simpleBpe(words, 12));
      t.deepEqual(
        learned.slice(merges.length).map(({ text }) => text),
        [...table.alphabet],
      );
    }),
    { numRuns: sweepOf(300, 60) },
  );
});
