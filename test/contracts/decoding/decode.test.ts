import test from 'ava';
import { AsyncIterableX, toArray } from 'ix/asynciterable';
import type { DecodingOptions } from '../../../src/decoding/DecodingOptions.js';
import { InvalidArgumentError } from '../../../src/errors.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import type { Tokenizer } from '../../../src/text/Tokenizer.js';
import { byteTokenizer } from '../../support/byteTokenizer.js';
import { idOf, markovChain, recitation, sameEverywhere, TablePredictor } from '../../support/tablePredictor.js';
import { type Decoder, decoders } from './decoders.js';

const tokenizer = new CharacterTokenizer('abc');
const id = (name: string): number => idOf(tokenizer, name);

/** Reads itself on: after a comes b, after b comes c, after c the end; at the beginning a. */
const alphabet = markovChain(tokenizer, { EOS: { a: 1 }, a: { b: 1 }, b: { c: 1 }, c: { EOS: 1 }, unknown: { c: 1 } });
const endless = sameEverywhere(tokenizer, { a: 1 });

/** Its detokenizer drops a space at the beginning, as SentencePiece's does. */
const withoutFirstSpace: Tokenizer = {
  ...byteTokenizer,
  detokenizer() {
    const { push, end } = byteTokenizer.detokenizer();
    let first = true;
    return {
      push(id) {
        const text = push(id);
        const dropped = first && text === ' ';
        first = false;
        return dropped ? '' : text;
      },
      end,
    };
  },
};

async function textsOf(decoder: Decoder, predictor: TablePredictor, options?: DecodingOptions): Promise<string[]> {
  return (await toArray(decoder(predictor, options))).map((token) => token.text);
}

for (const [name, decoder] of decoders) {
  // ── Where a sentence begins and ends ──

  test(`${name}: EOS ends the sentence, and is not yielded`, async (t) => {
    const tokens = await toArray(decoder(new TablePredictor(tokenizer, alphabet)));
    t.deepEqual(
      tokens.map((token) => token.id),
      [id('a'), id('b'), id('c')],
    );
  });

  test(`${name}: a sentence may be empty`, async (t) => {
    t.deepEqual(await textsOf(decoder, new TablePredictor(tokenizer, recitation(tokenizer, ''))), []);
  });

  test(`${name}: no more than maxLength tokens are yielded`, async (t) => {
    t.is((await textsOf(decoder, new TablePredictor(tokenizer, endless), { maxLength: 7 })).length, 7);
  });

  test(`${name}: maxLength is 1000 where nobody says otherwise`, async (t) => {
    t.is((await textsOf(decoder, new TablePredictor(tokenizer, endless))).length, 1000);
  });

  test(`${name}: maxLength does not count the prompt`, async (t) => {
    const options = { prompt: 'aaaaa', maxLength: 2 };
    t.is((await textsOf(decoder, new TablePredictor(tokenizer, endless), options)).length, 2);
  });

  // ── The prompt ──

  test(`${name}: the prompt is read behind EOS, one token a time step`, async (t) => {
    const predictor = new TablePredictor(tokenizer, endless);
    await textsOf(decoder, predictor, { prompt: 'abc', maxLength: 1 });
    t.deepEqual(predictor.calls, [
      { rows: [-1], ids: [id('EOS')] },
      { rows: [0], ids: [id('a')] },
      { rows: [0], ids: [id('b')] },
      { rows: [0], ids: [id('c')] },
    ]);
  });

  test(`${name}: the sentence goes on from the prompt, which is not yielded`, async (t) => {
    t.deepEqual(await textsOf(decoder, new TablePredictor(tokenizer, alphabet), { prompt: 'ab' }), ['c']);
  });

  test(`${name}: all of the prompt counts, not its last token alone`, async (t) => {
    const predictor = new TablePredictor(tokenizer, recitation(tokenizer, 'abacus'.replaceAll(/[^abc]/g, 'b')));
    t.deepEqual(await textsOf(decoder, predictor, { prompt: 'aba' }), ['c', 'b', 'b']);
  });

  test(`${name}: characters of the prompt that have no token are read as unknown`, async (t) => {
    const predictor = new TablePredictor(tokenizer, alphabet);
    t.deepEqual(await textsOf(decoder, predictor, { prompt: 'a?' }), ['c']);
    t.deepEqual(predictor.calls[2], { rows: [0], ids: [id('unknown')] });
  });

  // ── What a token is ──

  test(`${name}: pad and unknown are never generated, however probable`, async (t) => {
    const table = sameEverywhere(tokenizer, { pad: 0.6, unknown: 0.39, a: 0.01 });
    const texts = await textsOf(decoder, new TablePredictor(tokenizer, table), { maxLength: 100 });
    t.deepEqual(texts, new Array(100).fill('a'));
  });

  test(`${name}: logProbability is the model's, in nats, with pad and unknown counted`, async (t) => {
    const table = sameEverywhere(tokenizer, { pad: 0.2, unknown: 0.4, b: 0.4 });
    const tokens = await toArray(decoder(new TablePredictor(tokenizer, table), { maxLength: 2 }));
    t.deepEqual(
      tokens.map(({ logProbability }) => logProbability),
      [Math.fround(Math.log(0.4)), Math.fround(Math.log(0.4))],
    );
  });

  test(`${name}: text is empty until a character is complete`, async (t) => {
    const predictor = new TablePredictor(byteTokenizer, recitation(byteTokenizer, 'aé€😀'));
    t.deepEqual(await textsOf(decoder, predictor), ['a', '', 'é', '', '', '€', '', '', '', '😀']);
  });

  test(`${name}: a character that is cut off is U+FFFD in the last token's text`, async (t) => {
    const predictor = new TablePredictor(byteTokenizer, recitation(byteTokenizer, '€€'));
    t.deepEqual(await textsOf(decoder, predictor, { maxLength: 5 }), ['', '', '€', '', '\ufffd']);
  });

  test(`${name}: the text of a prompt is not yielded where tokens are parts of characters`, async (t) => {
    const predictor = new TablePredictor(byteTokenizer, recitation(byteTokenizer, '😀é'));
    t.deepEqual(await textsOf(decoder, predictor, { prompt: '😀' }), ['', 'é']);
  });

  test(`${name}: a token's text is what it adds to the prompt's: only a sentence's first space has none`, async (t) => {
    const predictor = new TablePredictor(withoutFirstSpace, recitation(byteTokenizer, ' a b'));
    t.deepEqual(await textsOf(decoder, predictor), ['', 'a', ' ', 'b']);
    t.deepEqual(await textsOf(decoder, predictor, { prompt: ' a' }), [' ', 'b']);
  });

  // ── What a decoder returns ──

  test(`${name}: the result is an AsyncIterableX`, (t) => {
    t.true(decoder(new TablePredictor(tokenizer, endless)) instanceof AsyncIterableX);
  });

  test(`${name}: iterating the same result again gives the same tokens`, async (t) => {
    const table = sameEverywhere(tokenizer, { a: 0.4, b: 0.3, c: 0.3 });
    const tokens = decoder(new TablePredictor(tokenizer, table), { maxLength: 50 });
    t.deepEqual(await toArray(tokens), await toArray(tokens));
  });

  // ── Options ──

  for (const [options, message] of [
    [{ maxLength: 0 }, 'Expected maxLength to be an integer of at least 1, got 0 (number)'],
    [{ maxLength: 2.5 }, 'Expected maxLength to be an integer of at least 1, got 2.5 (number)'],
    [{ maxLength: '7' }, 'Expected maxLength to be an integer of at least 1, got "7" (string)'],
    [{ prompt: 7 }, 'Expected prompt to be a string or an array of ids, got 7 (number)'],
    [{ signal: new AbortController() }, 'Expected signal to be an AbortSignal, got an instance of AbortController'],
    [{ processors: () => {} }, 'Expected processors to be an array of functions, got a function'],
    [{ processors: ['topK'] }, 'Expected processors[0] to be a function, got "topK" (string)'],
  ] as const)
    test(`${name}, when called: ${message}`, (t) => {
      const predictor = new TablePredictor(tokenizer, endless);
      t.throws(() => decoder(predictor, options as unknown as DecodingOptions), {
        instanceOf: InvalidArgumentError,
        message,
      });
    });

  test(`${name}: an option that is undefined is one that is not given`, async (t) => {
    const options = { prompt: undefined, maxLength: undefined, processors: undefined, signal: undefined };
    const predictor = new TablePredictor(tokenizer, alphabet);
    t.deepEqual(await textsOf(decoder, predictor, options as unknown as DecodingOptions), ['a', 'b', 'c']);
  });
}
