import test from 'ava';
import { decodeSentences } from '../../../scripts/cli/decodeSentences.js';
import type { GenerateFlags } from '../../../scripts/generate.js';
import type { Token } from '../../../src/decoding.js';
import { byteTokenizer } from '../../support/byteTokenizer.js';
import { recitation, sameEverywhere, TablePredictor } from '../../support/tablePredictor.js';

const flags: GenerateFlags = {
  ...{ run: 'nowhere', decoder: 'sample', prompt: '', count: 1, maxLength: 5 },
  ...{ showBeams: false, omitStop: false, json: false },
};

async function textsOf(predictor: TablePredictor, given: Partial<GenerateFlags>): Promise<string[]> {
  const texts: string[] = [];
  for await (const tokens of decodeSentences(predictor, { ...flags, ...given })) {
    let text = '';
    for await (const token of tokens) text += token.text;
    texts.push(text);
  }
  return texts;
}

for (const given of [
  { decoder: 'greedy' },
  { decoder: 'sample' },
  { decoder: 'beam' },
  { decoder: 'beam', count: 2 },
  { decoder: 'stochastic' },
] as const)
  test(`a character that is cut at the end is U+FFFD: ${JSON.stringify(given)}`, async (t) => {
    const predictor = new TablePredictor(byteTokenizer, recitation(byteTokenizer, 'a€€'));
    t.deepEqual(await textsOf(predictor, { ...given, prompt: 'a' }), ['€\ufffd']);
  });

for (const decoder of ['greedy', 'beam', 'stochastic'] as const)
  for (const count of [1, 2])
    test(`the text of --stop is left out with --omit-stop: ${decoder}, ${count} sentences`, async (t) => {
      const predictor = new TablePredictor(byteTokenizer, recitation(byteTokenizer, 'a€b€€'));
      const [text] = await textsOf(predictor, { decoder, count, maxLength: 20, stop: ['b€€'], omitStop: true });
      t.is(text, 'a€');
    });

for (const decoder of ['greedy', 'sample'] as const)
  test(`sentences that are decoded at once are those that come one by one, in their order: ${decoder}`, async (t) => {
    const table = sameEverywhere(byteTokenizer, { a: 0.4, b: 0.4, EOS: 0.2 });
    const given = { decoder, maxLength: 40, count: 30 };
    const [together, alone] = [
      await textsOf(new TablePredictor(byteTokenizer, table), given),
      await textsOf(new TablePredictor(byteTokenizer, table), { ...given, json: true }),
    ];
    t.is(together.length, 30);
    t.deepEqual(together, alone);
    t.deepEqual(together.slice(0, 3), await textsOf(new TablePredictor(byteTokenizer, table), { ...given, count: 3 }));
  });

test('of many sentences, the first streams while the others are decoded, and all have fewer calls', async (t) => {
  const predictor = new TablePredictor(byteTokenizer, recitation(byteTokenizer, 'abcdef'));
  const calls: number[] = [];
  for await (const tokens of decodeSentences(predictor, { ...flags, count: 8, maxLength: 20 }))
    for await (const _ of tokens) calls.push(predictor.calls.length);
  t.is(calls.length, 48);
  t.true((calls[0] as number) < 4);
  t.is(predictor.calls.length, 7);
  t.is(predictor.liveStates, 0);
});

test('an error in one sentence comes behind the sentences before it', async (t) => {
  // Of 'a' and 'b' twice no pair may come again: the third sentence, by its seed, is the first that has no next token.
  const table = sameEverywhere(byteTokenizer, { a: 0.5, b: 0.45, EOS: 0.05 });
  const given = { ...flags, count: 40, maxLength: 30, minLength: 6, blockNgram: 2 };
  const textsUntilError = async (json: boolean): Promise<[string[], unknown]> => {
    const texts: string[] = [];
    const predictor = new TablePredictor(byteTokenizer, table);
    try {
      for await (const tokens of decodeSentences(predictor, { ...given, json })) {
        texts.push('');
        for await (const { text } of tokens) texts[texts.length - 1] += text;
      }
    } catch (error) {
      t.is(predictor.liveStates, 0);
      return [texts, (error as Error).message];
    }
    return [texts, undefined];
  };
  const [texts, error] = await textsUntilError(false);
  t.is(typeof error, 'string');
  t.deepEqual([texts, error], await textsUntilError(true));
});

test('who stops reading in the middle leaves no state', async (t) => {
  const predictor = new TablePredictor(byteTokenizer, sameEverywhere(byteTokenizer, { a: 1 }));
  for await (const tokens of decodeSentences(predictor, { ...flags, count: 5, maxLength: 50 })) {
    for await (const _ of tokens) break;
    break;
  }
  t.is(predictor.liveStates, 0);
});

test('as many sentences as nobody could list are begun, and who reads on behind the end of all gets no more', async (t) => {
  const predictor = new TablePredictor(byteTokenizer, sameEverywhere(byteTokenizer, { a: 1 }));
  const all = decodeSentences(predictor, { ...flags, count: Number.MAX_SAFE_INTEGER });
  const { value: first } = await all.next();
  const tokens = (first as AsyncIterable<Token>)[Symbol.asyncIterator]();
  t.is((await tokens.next()).value.text, 'a');
  await all.return(undefined);
  t.true((await tokens.next()).done);
  t.is(predictor.liveStates, 0);
});

test('the largest seed there is has sentences behind the first, each of its own', async (t) => {
  const table = sameEverywhere(byteTokenizer, { a: 0.5, b: 0.5 });
  const predictor = new TablePredictor(byteTokenizer, table);
  const texts = await textsOf(predictor, { count: 3, maxLength: 30, seed: Number.MAX_SAFE_INTEGER });
  t.is(new Set(texts).size, 3);
  // The low 32 bits are all that counts of a seed.
  t.deepEqual(texts, await textsOf(predictor, { count: 3, maxLength: 30, seed: 2 ** 32 - 1 }));
});
