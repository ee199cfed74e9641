import { readFileSync } from 'node:fs';
import test from 'ava';
import { InvalidArgumentError } from '../../../../src/errors.js';
import { SentencePieceTokenizer } from '../../../../src/text/SentencePieceTokenizer.js';
import fc from '../../../support/fastCheck.js';
import { fileAt } from '../../../support/places.js';
import { sweepOf } from '../../../support/sweeps.js';

/** Speeches with their line ends and blank lines, and what verse and code have besides. */
const text = `${readFileSync(fileAt('corpus/state-of-the-union.txt'), 'utf8').slice(0, sweepOf(15_000, 8000))}

  ROMEO:
But, soft!   what light  through yonder
\tif (window) {
        breaks();
    }


 `;

/** A text cut into chunks of these lengths, over and over. */
function cut(whole: string, lengths: readonly number[]): string[] {
  const chunks: string[] = [];
  for (let from = 0; from < whole.length; ) {
    const length = lengths[chunks.length % lengths.length] ?? 1;
    chunks.push(whole.slice(from, from + length));
    from += length;
  }
  return chunks;
}

function idsOf(tokenizer: SentencePieceTokenizer, chunks: readonly string[]): number[] {
  const encoder = tokenizer.encoder();
  return [...chunks.map((chunk) => [...encoder.push(chunk)]), [...encoder.end()]].flat();
}

const MODELS = { unigram: { model: 'unigram' }, bpe: { model: 'bpe' }, bytes: { byteFallback: true } } as const;
for (const [name, options] of Object.entries(MODELS)) {
  const trained = SentencePieceTokenizer.train([text], { vocabularySize: 400, keepWhiteSpace: true, ...options });

  test(`${name}: a text comes back as it was, whatever white space it has`, async (t) => {
    const tokenizer = await trained;
    t.is(tokenizer.decode(tokenizer.encode(text)), text);
    t.is(tokenizer.decode(idsOf(tokenizer, [text])), text);
    const made = fc.string({ unit: fc.constantFrom('a', 'the', ' ', '\n', '.', 'S') });
    fc.assert(fc.property(made, (written) => tokenizer.decode(tokenizer.encode(written)) === written));
  });

  test(`${name}: a line end is a piece of its own, and stands in no other`, async (t) => {
    const tokenizer = await trained;
    const pieces = Array.from({ length: tokenizer.vocabularySize }, (_, id) => tokenizer.piece(id));
    t.deepEqual(
      pieces.filter((piece) => piece.includes('\n')),
      ['\n'],
    );
    const lines = (written: string) => [...tokenizer.encode(written)].filter((id) => tokenizer.piece(id) === '\n');
    t.is(lines('a\n\nb\n').length, 3);
  });

  test(`${name}: how the text is cut changes neither what is learned nor an id`, async (t) => {
    const tokenizer = await trained;
    for (const lengths of [[1], [1000, 3]]) {
      const chunks = cut(text, lengths);
      t.deepEqual(idsOf(tokenizer, chunks), [...tokenizer.encode(text)], String(lengths));
      if (lengths[0] === 1) continue;
      const again = await SentencePieceTokenizer.train(chunks, {
        ...{ vocabularySize: 400, keepWhiteSpace: true },
        ...options,
      });
      t.deepEqual(again.bytes, tokenizer.bytes, String(lengths));
    }
  });
}

test('the end of a document ends a word, and is none itself', async (t) => {
  const options = { vocabularySize: 9, keepWhiteSpace: true } as const;
  const { bytes } = await SentencePieceTokenizer.train([{ text: 'abab ab', end: true }, 'abab\nba'], options);
  const same = await SentencePieceTokenizer.train(['abab ', 'ab', { text: '', end: true }, 'abab', '\nba'], options);
  t.deepEqual(same.bytes, bytes);
});

test('a text without line ends gives a model that has one', async (t) => {
  const tokenizer = await SentencePieceTokenizer.train(['aaa'], { vocabularySize: 7, keepWhiteSpace: true });
  t.is(tokenizer.decode(tokenizer.encode(' a\n a')), ' a\n a');
});

test('runs of spaces of more than a thousand characters come back, too', async (t) => {
  const tokenizer = await SentencePieceTokenizer.train([text], { vocabularySize: 400, keepWhiteSpace: true });
  const wide = `a${' '.repeat(3000)}b\n${'word '.repeat(2000)}${'☃'.repeat(1500)} c`;
  t.is(tokenizer.decode(tokenizer.encode(wide)), wide.replaceAll('☃', ''));
  t.deepEqual(idsOf(tokenizer, cut(wide, [100])), [...tokenizer.encode(wide)]);
});

test('a model that drops white space is refused for text that goes on', async (t) => {
  const dropping = await SentencePieceTokenizer.train(text.split('\n'), { vocabularySize: 300 });
  t.throws(() => dropping.encoder(), { instanceOf: InvalidArgumentError, message: /keepWhiteSpace/ });
});

test('a million characters without a place to cut are refused, chunk by chunk', async (t) => {
  const tokenizer = await SentencePieceTokenizer.train(['aaa'], { vocabularySize: 7, keepWhiteSpace: true });
  const encoder = tokenizer.encoder();
  encoder.push('a'.repeat(2 ** 20));
  t.throws(() => encoder.push('a'), { instanceOf: InvalidArgumentError });
});
