import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { SentencePieceTokenizer } from '../../../src/text/SentencePieceTokenizer.js';
import { unknownCharacters } from '../../../src/text/unknownCharacters.js';
import { fixtureAt } from '../../support/places.js';

test('characters that a tokenizer lacks are counted, the most frequent first', async (t) => {
  const tokenizer = new CharacterTokenizer('abc ');
  const unknown = await unknownCharacters(['a ß𝄞', 'cab𝄞', '𝄞'], tokenizer);
  t.deepEqual(
    [...unknown],
    [
      ['𝄞', 3],
      ['ß', 1],
    ],
  );
  t.deepEqual([...(await unknownCharacters(['cab cab'], tokenizer))], []);
});

test('so are those that a model of pieces lacks, spaces being none of them', async (t) => {
  const tokenizer = await SentencePieceTokenizer.load(fixtureAt('sentencepiece/ours-unigram.model'));
  t.deepEqual([...(await unknownCharacters(['We will 語 not. 語語'], tokenizer))], [['語', 3]]);
});

test('documents in pieces are texts, too, line ends and all', async (t) => {
  const pieces = [
    { text: 'a\n', end: false },
    { text: 'é', end: true },
  ];
  t.deepEqual([...(await unknownCharacters(pieces, new CharacterTokenizer('ab'))).keys()], ['\n', 'é']);
});

test('a path is no stream of text', async (t) => {
  await t.throwsAsync(unknownCharacters('speech.txt' as never, new CharacterTokenizer('a')), {
    instanceOf: InvalidArgumentError,
    message: /^Expected text to be a stream of text/,
  });
});
