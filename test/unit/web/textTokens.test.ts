import { readFileSync } from 'node:fs';
import test from 'ava';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { PieceTokenizer } from '../../../src/text/PieceTokenizer.js';
import { textTokens, tokenAt } from '../../../web/compute/textTokens.js';
import { fixtureAt } from '../../support/places.js';

for (const name of ['ours-unigram', 'ours-bpe'])
  test(`${name}: pieces cover a text without gaps, in order, and each stands where its letters do`, async (t) => {
    const tokenizer = await PieceTokenizer.load(readFileSync(fixtureAt(`sentencepiece/${name}.model`)));
    for (const text of ['We will go home.', '  We   will\n go ', 'We 😀😀 will 漢 go.', '', ' ', '😀'])
      for (const { text: whole, ids, starts } of [textTokens(tokenizer, text)]) {
        t.is(whole, text);
        t.is(starts.length, ids.length + 1);
        if (ids.length > 0) t.is(starts[0], 0);
        t.is(starts.at(-1), text.length);
        const sorted = [...starts].every((start, at) => at === 0 || start >= (starts[at - 1] ?? 0));
        t.true(sorted);
        const detokenizer = tokenizer.detokenizer();
        for (const [at, id] of ids.entries()) {
          const piece = detokenizer.push(id).trim();
          const span = text.slice(starts[at], starts[at + 1]);
          t.true(span.includes(piece), `${JSON.stringify(span)} has no ${JSON.stringify(piece)}`);
        }
      }
  });

test('a place of the text is in a token, that behind it in none', (t) => {
  const tokens = textTokens(new CharacterTokenizer('ab'), 'a😀b');
  t.deepEqual(
    [0, 1, 2, 3, 4, 9].map((offset) => tokenAt(tokens, offset)),
    [0, 1, 1, 2, 3, 3],
  );
  t.is(tokenAt(textTokens(new CharacterTokenizer('ab'), ''), 0), 0);
});
