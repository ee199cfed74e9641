import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { greedy } from '../../../src/decoding/greedy.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import fc from '../../support/fastCheck.js';
import { markovChain, sameEverywhere, TablePredictor } from '../../support/tablePredictor.js';

const tokenizer = new CharacterTokenizer('abcd');

test('the most probable token is taken at each time step', async (t) => {
  const chain = markovChain(tokenizer, {
    EOS: { a: 0.2, b: 0.5, c: 0.3 },
    b: { a: 0.3, c: 0.4, EOS: 0.3 },
    c: { d: 0.9, EOS: 0.1 },
    d: { a: 0.1, EOS: 0.9 },
  });
  const tokens = await toArray(greedy(new TablePredictor(tokenizer, chain)));
  t.deepEqual(
    tokens.map(({ text, logProbability }) => [text, logProbability]),
    [
      ['b', Math.fround(Math.log(0.5))],
      ['c', Math.fround(Math.log(0.4))],
      ['d', Math.fround(Math.log(0.9))],
    ],
  );
});

test('the most probable token of each time step, not the most probable sentence', async (t) => {
  const chain = markovChain(tokenizer, {
    EOS: { a: 0.6, b: 0.4 },
    a: { c: 0.4, d: 0.3, EOS: 0.3 },
    b: { d: 1 },
    c: { EOS: 1 },
    d: { EOS: 1 },
  });
  const tokens = await toArray(greedy(new TablePredictor(tokenizer, chain)));
  t.is(tokens.map((token) => token.text).join(''), 'ac');
});

test('among equally probable tokens, the one with the lowest id is taken', async (t) => {
  const table = sameEverywhere(tokenizer, { a: 0.1, b: 0.3, c: 0.3, d: 0.3 });
  const tokens = await toArray(greedy(new TablePredictor(tokenizer, table), { maxLength: 3 }));
  t.deepEqual(
    tokens.map((token) => token.text),
    ['b', 'b', 'b'],
  );
});

test('EOS is a token like the others: as probable as a character, its lower id ends the sentence', async (t) => {
  const table = sameEverywhere(tokenizer, { EOS: 0.5, a: 0.5 });
  t.deepEqual(await toArray(greedy(new TablePredictor(tokenizer, table))), []);
});

test('no token that may be generated has a higher log-probability, nor the same and a lower id', async (t) => {
  const weights = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 5, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(weights, async ([pad = 0, unknown = 0, ...characters]) => {
      const total = pad + unknown + characters.reduce((sum, weight) => sum + weight, 0);
      fc.pre(characters.some((weight) => weight > 0));
      const [a = 0, b = 0, c = 0] = characters.map((weight) => weight / total);
      const table = sameEverywhere(tokenizer, { pad: pad / total, unknown: unknown / total, a, b, c });
      const [token] = await toArray(greedy(new TablePredictor(tokenizer, table), { maxLength: 1 }));
      t.is(token?.text, a >= b && a >= c ? 'a' : b >= c ? 'b' : 'c');
    }),
  );
});
