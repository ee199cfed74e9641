import test from 'ava';
import { toArray } from 'ix/asynciterable';
import { beamStates } from '../../../src/decoding/beamStates.js';
import type { DecodingOptions } from '../../../src/decoding/DecodingOptions.js';
import { greedy } from '../../../src/decoding/greedy.js';
import { nBest } from '../../../src/decoding/nBest.js';
import { score } from '../../../src/decoding/score.js';
import { stochasticBeamSearch } from '../../../src/decoding/stochasticBeamSearch.js';
import { InvalidArgumentError, NonFiniteError } from '../../../src/errors.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { PAD_ID } from '../../../src/text/Tokenizer.js';
import { everySentence } from '../../support/everySentence.js';
import fc from '../../support/fastCheck.js';
import { pieceTokenizer } from '../../support/pieceTokenizer.js';
import { positiveRecipes, randomTable, tableRecipes } from '../../support/randomTable.js';
import { sweepOf } from '../../support/sweeps.js';
import { idOf, markovChain, recitation, sameEverywhere, TablePredictor } from '../../support/tablePredictor.js';
import { everyDecoder, type Generated, generators } from './decoders.js';

const tokenizer = new CharacterTokenizer('abc');
const { eosId } = tokenizer;
const id = (name: string): number => idOf(tokenizer, name);
const [a, b] = [id('a'), id('b')];

/** After a comes b, after b comes c, after c the end, or a. */
const alphabet = markovChain(tokenizer, { EOS: { a: 1 }, a: { b: 1 }, b: { c: 1 }, c: { EOS: 0.5, a: 0.5 } });
const hurried = sameEverywhere(tokenizer, { a: 0.06, b: 0.04, EOS: 0.9 });
const endless = sameEverywhere(tokenizer, { a: 0.5, b: 0.3, c: 0.2 });

for (const [name, generate] of generators) {
  /** Asserts a fact of every sentence that is generated from many tables. */
  const holds = (options: DecodingOptions, fact: (sentence: Generated) => boolean): Promise<void> =>
    fc.assert(
      fc.asyncProperty(positiveRecipes, async (recipe) => {
        const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
        return (await generate(predictor, options)).every(fact);
      }),
      { numRuns: sweepOf(40, 15) },
    );

  test(`${name}: pad and unknown are never generated`, async (t) => {
    await holds({ maxLength: 6 }, ({ ids }) => !ids.includes(PAD_ID) && !ids.includes(tokenizer.unknownId));
    t.pass();
  });

  // ── Length ──

  test(`${name}: EOS does not come before minLength tokens`, async (t) => {
    await holds({ minLength: 3, maxLength: 6 }, ({ ids }) => ids.length >= 3);
    for (const { ids } of await generate(new TablePredictor(tokenizer, hurried), { minLength: 4, maxLength: 30 }))
      t.true(ids.length >= 4);
  });

  test(`${name}: minLength does not count the prompt`, async (t) => {
    const options = { prompt: 'aaaa', minLength: 2, maxLength: 8 };
    for (const { ids } of await generate(new TablePredictor(tokenizer, hurried), options)) t.true(ids.length >= 2);
  });

  test(`${name}: with minLength = maxLength, a sentence has so many tokens`, async (t) => {
    for (const { ids } of await generate(new TablePredictor(tokenizer, hurried), { minLength: 5, maxLength: 5 }))
      t.is(ids.length, 5);
  });

  test(`${name}: no more than maxLength tokens come, the prompt not counted`, async (t) => {
    await holds({ prompt: 'abca', maxLength: 3 }, ({ ids }) => ids.length <= 3);
    for (const { ids } of await generate(new TablePredictor(tokenizer, endless), { maxLength: 4 })) t.is(ids.length, 4);
  });

  // ── Banned ids ──

  test(`${name}: banned ids never come`, async (t) => {
    await holds({ bannedIds: [a, id('c')], maxLength: 5 }, ({ ids }) => ids.every((one) => one === b));
    t.pass();
  });

  test(`${name}: EOS may be banned: sentences then go on to maxLength`, async (t) => {
    const options = { bannedIds: [eosId], maxLength: 7 };
    for (const { ids } of await generate(new TablePredictor(tokenizer, hurried), options)) t.is(ids.length, 7);
  });

  test(`${name}: no processor brings a banned id, or EOS before minLength, back`, async (t) => {
    const options = {
      bannedIds: [a],
      minLength: 3,
      maxLength: 5,
      processors: [(logProbabilities: Float32Array) => logProbabilities.fill(-1)],
    };
    for (const { ids } of await generate(new TablePredictor(tokenizer, endless), options)) {
      t.false(ids.includes(a));
      t.true(ids.length >= 3);
    }
  });

  test(`${name}: where all that is probable is banned, a NonFiniteError says so`, async (t) => {
    const predictor = new TablePredictor(tokenizer, sameEverywhere(tokenizer, { a: 0.5, b: 0.5 }));
    await t.throwsAsync(generate(predictor, { bannedIds: [a, b] }), {
      instanceOf: NonFiniteError,
      message: /it leaves no token to choose$/,
    });
    t.is(predictor.liveStates, 0);
  });

  // ── Forced prefix ──

  test(`${name}: every sentence begins with the forced prefix, which is generated like the rest`, async (t) => {
    await holds({ forcedPrefix: 'cab', maxLength: 6 }, ({ text, ids }) => text.startsWith('cab') && ids.length >= 3);
    t.pass();
  });

  test(`${name}: the log-probabilities of the forced prefix are the model's`, async (t) => {
    await fc.assert(
      fc.asyncProperty(positiveRecipes, async (recipe) => {
        const table = randomTable(tokenizer, recipe);
        const options = { prompt: 'b', forcedPrefix: 'ca', maxLength: 5 };
        for (const { ids, logProbabilities } of await generate(new TablePredictor(tokenizer, table), options))
          for (const [place, token] of ids.entries()) {
            const row = table([eosId, b, ...ids.slice(0, place)]);
            t.is(logProbabilities[place], Math.fround(Math.log(row[token] ?? 0)));
          }
      }),
      { numRuns: 20 },
    );
  });

  test(`${name}: the forced prefix counts as length`, async (t) => {
    const options = { forcedPrefix: 'ab', maxLength: 3, minLength: 3 };
    for (const { ids } of await generate(new TablePredictor(tokenizer, endless), options)) t.is(ids.length, 3);
  });

  test(`${name}: a forced prefix of maxLength tokens is the whole sentence`, async (t) => {
    const sentences = await generate(new TablePredictor(tokenizer, endless), { forcedPrefix: 'abc', maxLength: 3 });
    t.deepEqual(
      sentences.map(({ text }) => text),
      ['abc'],
    );
  });

  test(`${name}: a forced prefix that the model holds for impossible is a NonFiniteError`, async (t) => {
    const predictor = new TablePredictor(tokenizer, alphabet);
    await t.throwsAsync(generate(predictor, { forcedPrefix: 'ba' }), { instanceOf: NonFiniteError });
    t.is(predictor.liveStates, 0);
  });

  // ── Stop strings ──

  test(`${name}: a sentence ends with the token that completes a stop string`, async (t) => {
    await holds({ stop: ['ab', 'cc'], maxLength: 8 }, ({ text }) => !/(ab|cc)./.test(text));
    const options = { stop: 'bca', maxLength: 12 };
    for (const { text } of await generate(new TablePredictor(tokenizer, alphabet), options))
      t.true(text === 'abca' || text === 'abc');
  });

  test(`${name}: behind a stop string nothing is computed`, async (t) => {
    const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'abcabc'));
    const sentences = await generate(predictor, { stop: 'bc' });
    t.deepEqual(
      sentences.map(({ text }) => text),
      ['abc'],
    );
    t.is(predictor.calls.length, 3);
  });

  test(`${name}: a stop string within a piece completes the sentence with the whole piece`, async (t) => {
    const pieces = pieceTokenizer(['One', ' two', '. Three', ' four']);
    const predictor = new TablePredictor(pieces, recitation(pieces, 'One two. Three four'));
    const sentences = await generate(predictor, { stop: '.' });
    t.deepEqual(
      sentences.map(({ text }) => text),
      ['One two. Three'],
    );
  });

  test(`${name}: a stop string may span pieces`, async (t) => {
    const pieces = pieceTokenizer(['One', ' two', '. Three', ' four']);
    const predictor = new TablePredictor(pieces, recitation(pieces, 'One two. Three four'));
    const sentences = await generate(predictor, { stop: 'two. Th' });
    t.deepEqual(
      sentences.map(({ text }) => text),
      ['One two. Three'],
    );
  });

  test(`${name}: stop strings are looked for in the text that is generated, as it is yielded`, async (t) => {
    // Behind a prompt, a space that a sentence would not begin with is text.
    const pieces = pieceTokenizer(['One', ' two', ' three']);
    const predictor = new TablePredictor(pieces, recitation(pieces, 'One two three'));
    const sentences = await generate(predictor, { prompt: 'One', stop: ' two' });
    t.deepEqual(
      sentences.map(({ text }) => text),
      [' two'],
    );
  });

  test(`${name}: stop strings are not looked for in the prompt`, async (t) => {
    const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'abcabca'));
    const sentences = await generate(predictor, { prompt: 'abc', stop: ['ca', 'c'] });
    t.deepEqual(
      sentences.map(({ text }) => text),
      ['abc'],
    );
  });
}

// ── Searches under constraints ──

test('with enough beams, beam search finds the best sentence that begins with the forced prefix', async (t) => {
  await fc.assert(
    fc.asyncProperty(positiveRecipes, fc.constantFrom('a', 'bc', 'ccc'), async (recipe, forcedPrefix) => {
      const table = randomTable(tokenizer, recipe);
      const possible = everySentence(tokenizer, table, 4).filter(({ ids }) =>
        tokenizer.decode(ids).startsWith(forcedPrefix),
      );
      const options = { forcedPrefix, maxLength: 4, beams: 200 };
      const best = (await toArray(beamStates(new TablePredictor(tokenizer, table), options))).at(-1)?.finished[0];
      t.is(best?.logProbability, Math.max(...possible.map(({ logProbability }) => logProbability)));
    }),
    { numRuns: sweepOf(40, 15) },
  );
});

test('the probability of a forced prefix counts: the score is that of the whole sentence', async (t) => {
  const predictor = new TablePredictor(tokenizer, alphabet);
  const [best] = await toArray(nBest(predictor, { prompt: 'a', forcedPrefix: 'bca', maxLength: 20 }));
  t.is(best?.text, 'bcabc');
  t.is(best?.logProbability, (await score(predictor, 'bcabc', { prompt: 'a' })).logProbability);
});

test('with enough beams, beam search finds the best of all sentences where these end at a stop string', async (t) => {
  await fc.assert(
    fc.asyncProperty(tableRecipes, fc.constantFrom('a', 'bc', 'bb'), async (recipe, stop) => {
      const table = randomTable(tokenizer, recipe);
      const cut = everySentence(tokenizer, table, 4).map(({ ids, logProbabilities, logProbability }) => {
        const end = tokenizer.decode(ids).indexOf(stop);
        return end < 0
          ? logProbability
          : logProbabilities.slice(0, end + stop.length).reduce((sum, value) => sum + value, 0);
      });
      const options = { stop, maxLength: 4, beams: 200 };
      const best = (await toArray(beamStates(new TablePredictor(tokenizer, table), options))).at(-1)?.finished[0];
      t.is(best?.logProbability, Math.max(...cut));
    }),
    { numRuns: sweepOf(40, 15) },
  );
});

test('a hypothesis that holds a stop string is complete, though EOS has not come', async (t) => {
  const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'abc'));
  for (const search of [nBest, stochasticBeamSearch]) {
    const [sentence] = await toArray<{ text: string; complete: boolean; logProbabilities: readonly number[] }>(
      search(predictor, { stop: 'b' }),
    );
    t.is(sentence?.text, 'ab');
    t.true(sentence?.complete);
    t.is(sentence?.logProbabilities.length, 2);
  }
});

test('after the forced prefix, greedy goes on as behind a prompt', async (t) => {
  await fc.assert(
    fc.asyncProperty(positiveRecipes, async (recipe) => {
      const predictor = new TablePredictor(tokenizer, randomTable(tokenizer, recipe));
      const forced = await toArray(greedy(predictor, { forcedPrefix: 'cab', maxLength: 9 }));
      t.deepEqual(forced.slice(3), await toArray(greedy(predictor, { prompt: 'cab', maxLength: 6 })));
    }),
    { numRuns: 20 },
  );
});

// ── Options that cannot be used ──

for (const [name, decoder] of everyDecoder)
  for (const [options, message] of [
    [{ minLength: -1 }, 'Expected minLength to be an integer of at least 0 and of at most 1000, got -1 (number)'],
    [
      { minLength: 8, maxLength: 7 },
      'Expected minLength to be an integer of at least 0 and of at most 7, got 8 (number)',
    ],
    [{ bannedIds: [3, 6] }, 'Expected a banned id to be an integer of at least 0 and below 6, got 6 (number)'],
    [{ bannedIds: [-1] }, 'Expected a banned id to be an integer of at least 0 and below 6, got -1 (number)'],
    [{ bannedIds: 3 }, 'Expected bannedIds to be an array of ids, got 3 (number)'],
    [{ forcedPrefix: 7 }, 'Expected forcedPrefix to be a string, got 7 (number)'],
    [
      { forcedPrefix: 'a?b' },
      'Expected forcedPrefix to be text that the vocabulary can write, got "a?b" (string), which becomes "ab" (string)',
    ],
    [
      { forcedPrefix: 'abca', maxLength: 3 },
      'Expected the tokens of forcedPrefix to be at most maxLength, 3, got 4 (number)',
    ],
    [{ forcedPrefix: 'cab', bannedIds: [3] }, 'Expected forcedPrefix to be text without banned ids, got 3 (number)'],
    [{ stop: '' }, 'Expected stop to be a string or an array of strings, none of them empty, got "" (string)'],
    [{ stop: ['a', 7] }, 'Expected stop[1] to be a string that is not empty, got 7 (number)'],
    [{ stop: [''] }, 'Expected stop[0] to be a string that is not empty, got "" (string)'],
    [{ stop: new Array(1) }, 'Expected stop[0] to be a string that is not empty, got undefined'],
    [{ processors: new Array(1) }, 'Expected processors[0] to be a function, got undefined'],
  ] as const)
    test(`${name}, when called: ${message}`, (t) => {
      const predictor = new TablePredictor(tokenizer, endless);
      t.throws(() => decoder(predictor, options as unknown as DecodingOptions), {
        instanceOf: InvalidArgumentError,
        message,
      });
    });

test('a forced prefix that only the beginning of a sentence can have is refused behind a prompt', (t) => {
  const pieces = pieceTokenizer([' One', ' two', 'One']);
  const predictor = new TablePredictor(pieces, recitation(pieces, ''));
  t.notThrows(() => greedy(predictor, { prompt: 'One', forcedPrefix: ' two' }));
  t.throws(() => greedy(predictor, { forcedPrefix: ' two' }), {
    instanceOf: InvalidArgumentError,
    message:
      'Expected forcedPrefix to be text that the vocabulary can write, got " two" (string), which becomes "two" (string)',
  });
});
