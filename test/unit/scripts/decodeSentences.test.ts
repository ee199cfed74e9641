import test from 'ava';
import { decodeSentences } from '../../../scripts/cli/decodeSentences.js';
import type { GenerateFlags } from '../../../scripts/generate.js';
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

test('the largest seed there is has sentences behind the first, each of its own', async (t) => {
  const table = sameEverywhere(byteTokenizer, { a: 0.5, b: 0.5 });
  const predictor = new TablePredictor(byteTokenizer, table);
  const texts = await textsOf(predictor, { count: 3, maxLength: 30, seed: Number.MAX_SAFE_INTEGER });
  t.is(new Set(texts).size, 3);
  // The low 32 bits are all that counts of a seed.
  t.deepEqual(texts, await textsOf(predictor, { count: 3, maxLength: 30, seed: 2 ** 32 - 1 }));
});
