import { createHash } from 'node:crypto';
import test from 'ava';
import { PieceTokenizer } from '../../../../src/text/PieceTokenizer.js';
import { SentencePieceTokenizer } from '../../../../src/text/SentencePieceTokenizer.js';
import { sweep } from '../../../support/sweeps.js';
import { manySentences } from '../../../support/trainingText.js';
import { hardStrings, modelFile, models } from './fixtures.js';

// The expectations are what Google's library for Python 0.2.3 says: test/fixtures/sentencepiece/make.py.

/** Of a model: how its ids differ from Google's, and what it loads and encodes with. */
function modelOf(name: string, { pad }: { readonly pad: number }, tokenizers: typeof PieceTokenizer) {
  const shift = pad === 0 ? 0 : 1;
  return {
    shift,
    load: () => tokenizers.load(modelFile(name)),
    modelIds: (tokenizer: PieceTokenizer, text: string): number[] =>
      Array.from(tokenizer.encode(text), (id) => id - shift),
  };
}

const KINDS = { SentencePieceTokenizer, PieceTokenizer };
const all = Object.entries(models).flatMap(([name, expected]) =>
  Object.entries(KINDS).map(([kind, tokenizers]) => ({
    name,
    expected,
    what: `${name}, ${kind}`,
    ...modelOf(name, expected, tokenizers),
  })),
);

const SAMPLE = [
  ...['ours-unigram, SentencePieceTokenizer', 'google-rules, SentencePieceTokenizer', 'ours-unigram, PieceTokenizer'],
  ...['ours-bpe, PieceTokenizer', 'google-nfkc, PieceTokenizer', 'google-fold, PieceTokenizer'],
];
for (const { what, expected, load, modelIds } of sweep(all, ({ what }) => SAMPLE.includes(what))) {
  test(`${what}: ids of ${manySentences.length} sentences are those of Google's library for Python`, async (t) => {
    const tokenizer = await load();
    const ids = manySentences.map((sentence) => modelIds(tokenizer, sentence));
    t.is(
      ids.reduce((sum, { length }) => sum + length, 0),
      expected.tokens,
    );
    t.is(createHash('sha256').update(JSON.stringify(ids)).digest('hex'), expected.sha256);
  });
}

for (const { what, expected, shift, load, modelIds } of all) {
  test(`${what}: ids of ${hardStrings.length} hard strings are those of Google's library for Python`, async (t) => {
    const tokenizer = await load();
    const found = hardStrings.map((text) => [text, modelIds(tokenizer, text)]);
    t.deepEqual(
      found,
      hardStrings.map((text, index) => [text, expected.hard[index] ?? []]),
    );
  });

  test(`${what}: random ids have the text that they have in Google's library for Python`, async (t) => {
    const tokenizer = await load();
    const found = expected.decoded.map(([ids]) => [ids, tokenizer.decode(ids.map((id) => id + shift))]);
    t.deepEqual(found, expected.decoded);
  });

  test(`${what}: pad is 0, and EOS and unknown are the model's`, async (t) => {
    const { vocabularySize, eosId, unknownId } = await load();
    t.deepEqual(
      { vocabularySize, eosId, unknownId },
      {
        vocabularySize: expected.size + shift,
        eosId: expected.eos + shift,
        unknownId: expected.unknown + shift,
      },
    );
  });
}
