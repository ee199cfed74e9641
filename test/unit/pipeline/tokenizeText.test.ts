import test from 'ava';
import { filter } from 'rxjs';
import { InvalidArgumentError, SourceError } from '../../../src/errors.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { tokenizeText } from '../../../src/pipeline/tokenizeText.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import type { TextChunk } from '../../../src/text/TextChunk.js';
import type { TextIds, Tokenizer } from '../../../src/text/Tokenizer.js';
import { collect } from '../../support/collect.js';
import fc from '../../support/fastCheck.js';
import { operatorFacts } from '../../support/operatorFacts.js';
import { pieceTokenizer } from '../../support/pieceTokenizer.js';
import { plain, textIds } from '../../support/sequences.js';

const EOS = 1;
const tokenizer = new CharacterTokenizer('No \n.');

// Without the EOS that comes at the end.
operatorFacts<TextChunk, TextIds>({
  operator: () => (source) =>
    source.pipe(
      tokenizeText(tokenizer),
      filter((ids) => ids[0] !== EOS),
    ),
  item: 'No',
  result: textIds(6, 7),
});

/** All ids of chunks. */
async function idsOf(chunks: readonly TextChunk[], of: Tokenizer = tokenizer): Promise<number[]> {
  return plain(await collect(pipeline(chunks, tokenizeText(of)))).flat();
}

test('white space and line ends are tokens, and a document ends with EOS, the last one too', async (t) => {
  t.deepEqual(await idsOf([' No', { text: '.\n', end: true }, 'N']), [4, 6, 7, 5, 3, EOS, 6, EOS]);
});

const nothing = { text: '', end: true };

test('a document without a token has no EOS', async (t) => {
  t.deepEqual(await idsOf([]), []);
  t.deepEqual(await idsOf(['', ...[nothing, nothing], { text: 'N', end: true }, '']), [6, EOS]);
});

test('how the text is cut makes no difference, within a character either', async (t) => {
  const text = fc.string({ unit: fc.constantFrom('a', ' ', '\n', '𝄞', '.') });
  const cuts = fc.array(fc.nat(), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(text, cuts, async (whole, places) => {
      const of = new CharacterTokenizer('a \n𝄞.');
      const sorted = [0, ...places.map((place) => place % (whole.length + 1)), whole.length].sort((a, b) => a - b);
      const cut = sorted.slice(1).map((place, at) => whole.slice(sorted[at], place));
      t.deepEqual(await idsOf(cut, of), [...of.encode(whole), ...(whole === '' ? [] : [EOS])]);
    }),
  );
});

test('a tokenizer for sentences alone is refused', (t) => {
  t.throws(() => tokenizeText(pieceTokenizer(['a'])), { instanceOf: InvalidArgumentError, message: /encoder/ });
  t.throws(() => tokenizeText(undefined as unknown as Tokenizer), { instanceOf: InvalidArgumentError });
});

test('what is no text is an error', async (t) => {
  await t.throwsAsync(idsOf([new Uint8Array(3) as unknown as string]), { instanceOf: SourceError });
});
