import { createHash } from 'node:crypto';
import test from 'ava';
import { SentencePieceTokenizer } from '../../../../src/text/SentencePieceTokenizer.js';
import { sweep } from '../../../support/sweeps.js';
import { fixture, manySentences } from '../../../support/trainingText.js';
import { hardStrings, models } from './fixtures.js';

// The expectations are what Google's library for Python 0.2.3 says: test/fixtures/sentencepiece/make.py.

/** Of a model: how its ids differ from Google's, and what it loads and encodes with. */
function modelOf(name: string, { pad }: { readonly pad: number }) {
  const shift = pad === 0 ? 0 : 1;
  return {
    shift,
    load: () => SentencePieceTokenizer.load(fixture(`${name}.model`)),
    modelIds: (tokenizer: SentencePieceTokenizer, text: string): number[] =>
      Array.from(tokenizer.encode(text), (id) => id - shift),
  };
}

const LONG = sweep(Object.entries(models), ([name]) => ['ours-unigram', 'google-rules'].includes(name));
for (const [name, expected] of LONG) {
  const { load, modelIds } = modelOf(name, expected);

  test(`${name}: ids of ${manySentences.length} sentences are those of Google's library for Python`, async (t) => {
    const tokenizer = await load();
    const ids = manySentences.map((sentence) => modelIds(tokenizer, sentence));
    t.is(
      ids.reduce((sum, { length }) => sum + length, 0),
      expected.tokens,
    );
    t.is(createHash('sha256').update(JSON.stringify(ids)).digest('hex'), expected.sha256);
  });
}

for (const [name, expected] of Object.entries(models)) {
  const { shift, load, modelIds } = modelOf(name, expected);

  test(`${name}: ids of ${hardStrings.length} hard strings are those of Google's library for Python`, async (t) => {
    const tokenizer = await load();
    const found = hardStrings.map((text) => [text, modelIds(tokenizer, text)]);
    t.deepEqual(
      found,
      hardStrings.map((text, index) => [text, expected.hard[index] ?? []]),
    );
  });

  test(`${name}: random ids have the text that they have in Google's library for Python`, async (t) => {
    const tokenizer = await load();
    const found = expected.decoded.map(([ids]) => [ids, tokenizer.decode(ids.map((id) => id + shift))]);
    t.deepEqual(found, expected.decoded);
  });

  test(`${name}: pad is 0, and EOS and unknown are the model's`, async (t) => {
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
