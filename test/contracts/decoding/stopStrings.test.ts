import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { beamSearch } from '../../../src/decoding/beamSearch.js';
import { generateMany } from '../../../src/decoding/generateMany.js';
import { greedy } from '../../../src/decoding/greedy.js';
import { nBest } from '../../../src/decoding/nBest.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';
import type { Detokenizer, Tokenizer } from '../../../src/text/Tokenizer.js';
import { byteTokenizer } from '../../support/byteTokenizer.js';
import fc from '../../support/fastCheck.js';
import { pieceTokenizer } from '../../support/pieceTokenizer.js';
import { fixtureAt } from '../../support/places.js';
import { randomTable, tableRecipes } from '../../support/randomTable.js';
import { sweepOf } from '../../support/sweeps.js';
import { recitation, TablePredictor } from '../../support/tablePredictor.js';
import { type Generate, generators } from './decoders.js';

const pieces = await SentencePieceTokenizer.load(fixtureAt('sentencepiece/ours-bytes.model'));
const bytesOfPieces = [0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xff].map((byte) => byte + 3);
const overlapping = pieceTokenizer(['a', 'ab', 'ba', 'b', 'aab', 'é']);
const tokenizers: ReadonlyArray<readonly [name: string, tokenizer: Tokenizer, ids: readonly number[]]> = [
  ['characters', new CharacterTokenizer('abé'), [3, 4, 5]],
  ['pieces that say neither what is pending nor where they are', overlapping, [3, 4, 5, 6, 7, 8]],
  ['bytes', byteTokenizer, [...byteTokenizer.encode('aabbé€'), 258]],
  ['SentencePiece with byte fallback', pieces, [...bytesOfPieces, ...pieces.encode('a b é')]],
];

/** A predictor that leaves no choice: these ids, then EOS. */
function reciting(tokenizer: Tokenizer, ids: readonly number[]): TablePredictor {
  return new TablePredictor(tokenizer, (prefix) => {
    const row = new Float64Array(tokenizer.vocabularySize);
    row[ids[prefix.length - 1] ?? tokenizer.eosId] = 1;
    return row;
  });
}

/** The text of the first so many ids, complete characters only. */
function textOf(tokenizer: Tokenizer, ids: readonly number[]): string {
  const detokenizer = tokenizer.detokenizer();
  return ids.map((id) => detokenizer.push(id)).join('');
}

/** Whether the last of these ids may get more text at the end. */
function isPending(tokenizer: Tokenizer, ids: readonly number[]): boolean {
  const detokenizer = tokenizer.detokenizer();
  for (const id of ids) detokenizer.push(id);
  return detokenizer.pending !== false;
}

/** By looking at the text of each beginning anew: how many ids come, and what is before the stop string. */
function expected(
  tokenizer: Tokenizer,
  ids: readonly number[],
  stop: readonly string[],
): [count: number, text: string] {
  for (let count = 1; count <= ids.length; count++) {
    const text = textOf(tokenizer, ids.slice(0, count));
    const found = stop.filter((string) => text.includes(string));
    if (found.length === 0) continue;
    const end = Math.min(...found.map((string) => text.indexOf(string) + string.length));
    const starts = stop.filter((string) => text.slice(0, end).endsWith(string)).map(({ length }) => end - length);
    return [count, text.slice(0, Math.min(...starts))];
  }
  const whole = tokenizer.decode(ids);
  // What a cut character becomes may be looked for too, but ends no sentence that has ended.
  const starts = stop.map((string) => whole.indexOf(string)).filter((start) => start >= 0);
  return [ids.length, starts.length === 0 ? whole : whole.slice(0, Math.min(...starts))];
}

const stops = fc.array(
  fc.oneof(
    fc.string({ unit: fc.constantFrom('a', 'b', 'é', '€', ' '), minLength: 1, maxLength: 4 }),
    fc.constantFrom('abab', 'aab', 'ba', 'é€', 'b'),
  ),
  { minLength: 1, maxLength: 3 },
);

const many: readonly [string, Generate] = [
  'generateMany',
  async (predictor, options) => {
    const all = await toArray(generateMany(predictor, [''], (shared) => greedy(shared, options)));
    const tokens = all.map(({ token }) => token);
    return [
      {
        ids: tokens.map(({ id }) => id),
        text: tokens.map(({ text }) => text).join(''),
        logProbabilities: tokens.map(({ logProbability }) => logProbability),
      },
    ];
  },
];

for (const [name, tokenizer, ids] of tokenizers)
  for (const [decoder, generate] of [...generators, many])
    test(`${decoder}: what is before the stop string is left, and no token is lost: ${name}`, async (t) => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom(...ids), { maxLength: 12 }), stops, async (recited, stop) => {
          const [count, text] = expected(tokenizer, recited, stop);
          const [sentence] = await generate(reciting(tokenizer, recited), { stop, omitStop: true });
          t.deepEqual([sentence?.ids, sentence?.text], [recited.slice(0, count), text]);
          const [whole] = await generate(reciting(tokenizer, recited), { stop });
          t.deepEqual([whole?.ids, whole?.text], [recited.slice(0, count), tokenizer.decode(recited.slice(0, count))]);
        }),
        { numRuns: sweepOf(150, 40) },
      );
    });

for (const [name, tokenizer, ids] of tokenizers)
  test(`a token comes as soon as no stop string can begin in its text, and no sooner: ${name}`, async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...ids), { maxLength: 12 }), stops, async (recited, stop) => {
        const predictor = reciting(tokenizer, recited);
        const calls: number[] = [];
        for await (const _ of greedy(predictor, { stop, omitStop: true })) calls.push(predictor.calls.length);
        const beginnings = stop.flatMap((string) => Array.from(string, (_, length) => string.slice(0, length)));
        const isCertain = (place: number, seen: number): boolean => {
          const text = textOf(tokenizer, recited.slice(0, seen));
          const open = Math.max(0, ...beginnings.filter((one) => text.endsWith(one)).map(({ length }) => length));
          const isLast = place + 1 === seen && isPending(tokenizer, recited.slice(0, seen));
          const isHeld = stop.some((string) => text.includes(string));
          return !isLast && !isHeld && textOf(tokenizer, recited.slice(0, place + 1)).length <= text.length - open;
        };
        const [count] = expected(tokenizer, recited, stop);
        const sooner = (place: number): number | undefined =>
          recited.map((_, at) => at + 1).find((seen) => seen > place && isCertain(place, seen));
        t.deepEqual(
          calls,
          recited.slice(0, count).map((_, place) => sooner(place) ?? predictor.calls.length),
        );
      }),
      { numRuns: sweepOf(300, 60) },
    );
  });

test('a token that a stop string begins in comes with what is before it, those behind it without text', async (t) => {
  const tokenizer = pieceTokenizer(['One', ' two', '. Three', ' four']);
  const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'One two. Three four'));
  const tokens = await toArray(greedy(predictor, { stop: 'o. T', omitStop: true }));
  t.deepEqual(
    tokens.map(({ text }) => text),
    ['One', ' tw', ''],
  );
});

test('what might have been a stop string comes as soon as it is none', async (t) => {
  const tokenizer = new CharacterTokenizer('abc');
  const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'cababacc'));
  const calls: number[] = [];
  for await (const _ of greedy(predictor, { stop: 'abac!', omitStop: true })) calls.push(predictor.calls.length);
  // c is none; behind "abab", which "abac" is not, the last two may begin one; behind "ababa", the last three; "abac" four; "c" none.
  t.deepEqual(calls, [1, 5, 5, 8, 8, 8, 8, 8]);
});

test('the sentences of a search are the same, whether the stop string is left out or not', async (t) => {
  const tokenizer = new CharacterTokenizer('abc');
  await fc.assert(
    fc.asyncProperty(tableRecipes, fc.constantFrom('a', 'bc', 'bb'), async (recipe, stop) => {
      const options = { stop, maxLength: 5, beams: 4 };
      const found = (omitStop: boolean) =>
        toArray(nBest(new TablePredictor(tokenizer, randomTable(tokenizer, recipe)), { ...options, omitStop }));
      const [whole, cut] = [await found(false), await found(true)];
      t.deepEqual(
        cut.map(({ ids, score }) => [ids, score]),
        whole.map(({ ids, score }) => [ids, score]),
      );
      for (const [place, { text, tokens }] of cut.entries()) {
        const [before] = whole[place]?.text.split(stop) ?? [];
        t.is(text, before ?? '?');
        t.is(tokens.map((token) => token.text).join(''), text);
      }
    }),
    { numRuns: sweepOf(40, 15) },
  );
});

test('beamSearch streams what nBest finds first, with the stop string and without', async (t) => {
  const tokenizer = new CharacterTokenizer('abc');
  await fc.assert(
    fc.asyncProperty(tableRecipes, fc.constantFrom('a', 'bc', 'bb'), fc.boolean(), async (recipe, stop, omitStop) => {
      const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
      const options = { stop, omitStop, maxLength: 5, beams: 4 };
      const [best] = await toArray(nBest(predictor, { ...options, count: 1 }));
      t.deepEqual(await toArray(beamSearch(predictor, options)), [...(best?.tokens ?? [])]);
    }),
    { numRuns: sweepOf(60, 20) },
  );
});

test('each id is decoded once for each hypothesis that it makes, however long the text is', async (t) => {
  const characters = new CharacterTokenizer('ab');
  let pushes = 0;
  const counting = (detokenizer: Detokenizer): Detokenizer => ({
    push(id) {
      pushes++;
      return detokenizer.push(id);
    },
    end: () => detokenizer.end(),
    pending: false,
    copy: () => counting(detokenizer.copy?.() ?? detokenizer),
  });
  const { vocabularySize, eosId, unknownId } = characters;
  const tokenizer: Tokenizer = {
    ...{ vocabularySize, eosId, unknownId, encode: (text) => characters.encode(text) },
    ...{ decode: (ids) => characters.decode(ids), detokenizer: () => counting(characters.detokenizer()) },
    characterCount: (ids) => characters.characterCount(ids),
    toJSON: () => characters.toJSON(),
  };
  const predictor = new TablePredictor(tokenizer, () => [0, 0, 0, 0.6, 0.4]);
  await toArray(greedy(predictor, { stop: 'bb', maxLength: 100 }));
  t.is(pushes, 100);
  pushes = 0;
  await toArray(beamSearch(predictor, { stop: 'bb', maxLength: 100, beams: 3 }));
  // At most three hypotheses a step, and the sentence.
  t.true(pushes <= 400, `${pushes}`);
});

test('lists that change behind the call change nothing', async (t) => {
  const [stop, bannedIds] = [['b'], [...byteTokenizer.encode('c')]];
  const tokens = greedy(new TablePredictor(byteTokenizer, recitation(byteTokenizer, 'aab')), { stop, bannedIds });
  stop.push('a');
  bannedIds.push(...byteTokenizer.encode('a'));
  t.is((await toArray(tokens)).map(({ text }) => text).join(''), 'aab');
});
