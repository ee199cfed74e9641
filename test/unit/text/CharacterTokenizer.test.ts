import test from 'ava';
import { FileFormatError, InvalidArgumentError } from '../../../src/errors.js';
import { readText } from '../../../src/pipeline/readText.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { PAD_ID } from '../../../src/text/Tokenizer.js';
import fc from '../../support/fastCheck.js';

const PAD = 0;
const EOS = 1;
const UNKNOWN = 2;

/** Text without the null character and lone surrogates, which are no tokens. */
const text = fc.string({ unit: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((c) => c !== '\0') });

test('pad is 0, EOS 1, unknown 2, and the characters follow in code point order', (t) => {
  const tokenizer = new CharacterTokenizer('b𝄞aﬀ');
  t.is(PAD_ID, PAD);
  t.like(tokenizer, { eosId: EOS, unknownId: UNKNOWN, vocabularySize: 7 });
  // UTF-16 order would have 𝄞 (D834 DD1E) before ﬀ (FB00).
  t.deepEqual([...tokenizer.encode('abﬀ𝄞')], [3, 4, 5, 6]);
});

test('ids do not depend on the order, number and cuts of the text they were made from', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(text), async (chunks) => {
      const whole = chunks.join('');
      const tokenizers = [
        new CharacterTokenizer(whole),
        new CharacterTokenizer([...whole].reverse().join('') + whole),
        await CharacterTokenizer.fromStream(chunks),
        await CharacterTokenizer.fromStream([...whole].reverse()),
      ];
      return new Set(tokenizers.map((tokenizer) => JSON.stringify(tokenizer))).size === 1;
    }),
  );
  t.pass();
});

test('text over the vocabulary comes back from its ids', (t) => {
  fc.assert(
    fc.property(text, (written) => {
      const tokenizer = new CharacterTokenizer(written);
      const ids = tokenizer.encode(written);
      return ids.length === [...written].length && tokenizer.decode(ids) === written;
    }),
  );
  t.pass();
});

test('every id of the vocabulary but the special ones has a character of its own', (t) => {
  fc.assert(
    fc.property(text, (written) => {
      const tokenizer = new CharacterTokenizer(written);
      const ids = Array.from({ length: tokenizer.vocabularySize }, (_, id) => id).slice(3);
      const characters = ids.map((id) => tokenizer.decode([id]));
      return new Set(characters).size === ids.length && characters.every((character) => written.includes(character));
    }),
  );
  t.pass();
});

test('a character is a code point, not half of one', (t) => {
  const tokenizer = new CharacterTokenizer('😀😁');
  t.is(tokenizer.vocabularySize, 5);
  t.deepEqual([...tokenizer.encode('😁😀')], [4, 3]);
});

test('characters that the vocabulary lacks are unknown, one id each', (t) => {
  t.deepEqual([...new CharacterTokenizer('a').encode('baé😀a')], [UNKNOWN, 3, UNKNOWN, UNKNOWN, 3]);
});

test('the null character is unknown, also when the vocabulary was made from it', (t) => {
  const tokenizer = new CharacterTokenizer('a\0');
  t.is(tokenizer.vocabularySize, 4);
  t.deepEqual([...tokenizer.encode('\0a')], [UNKNOWN, 3]);
});

test('lone surrogates are unknown, also when the vocabulary was made from them', (t) => {
  const tokenizer = new CharacterTokenizer('a\ud834 \udd1e');
  t.is(tokenizer.vocabularySize, 5);
  t.deepEqual([...tokenizer.encode('\udd1e\ud834a\ud834')], [UNKNOWN, UNKNOWN, 4, UNKNOWN]);
});

test('special ids have no text', (t) => {
  t.is(new CharacterTokenizer('a').decode([PAD, 3, UNKNOWN, 3, EOS]), 'aa');
});

for (const id of [-1, 4, 1.5, NaN, Infinity])
  test(`the id ${id} of a vocabulary of four is an InvalidArgumentError`, (t) => {
    const tokenizer = new CharacterTokenizer('a');
    const expected = {
      instanceOf: InvalidArgumentError,
      message: `Expected a token id to be an integer from 0 to 3, got ${id} (number)`,
    };
    t.throws(() => tokenizer.decode([3, id]), expected);
    t.throws(() => tokenizer.detokenizer().push(id), expected);
  });

test('a detokenizer gives with each id what decode gives for all', (t) => {
  fc.assert(
    fc.property(text, (written) => {
      const tokenizer = new CharacterTokenizer(written);
      const ids = [...tokenizer.encode(written), EOS];
      const detokenizer = tokenizer.detokenizer();
      return ids.map((id) => detokenizer.push(id)).join('') + detokenizer.end() === tokenizer.decode(ids);
    }),
  );
  t.pass();
});

test('every id counts as one character, EOS and unknown too', (t) => {
  const tokenizer = new CharacterTokenizer('😀a');
  t.is(tokenizer.characterCount([...tokenizer.encode('😀ab'), EOS]), 4);
});

test('characters that occur less often than minCount are unknown', async (t) => {
  const tokenizer = await CharacterTokenizer.fromStream(['aab', 'b', 'c'], { minCount: 2 });
  t.deepEqual([...tokenizer.encode('abc')], [3, 4, UNKNOWN]);
});

for (const minCount of [0, 1.5, NaN, Infinity])
  test(`a minCount of ${minCount} is an InvalidArgumentError`, async (t) => {
    await t.throwsAsync(CharacterTokenizer.fromStream([], { minCount }), { instanceOf: InvalidArgumentError });
  });

test('a path in place of a stream is an InvalidArgumentError, not a vocabulary of its letters', async (t) => {
  // @ts-expect-error A string is no stream of text.
  await t.throwsAsync(CharacterTokenizer.fromStream('speech.txt'), {
    instanceOf: InvalidArgumentError,
    message: 'Expected text to be a stream of text, such as readText(path), got "speech.txt" (string)',
  });
});

test('characters that readText gets in halves are in the vocabulary', async (t) => {
  const halves = (async function* () {
    yield 'a\ud83d';
    yield '\ude00b';
  })();
  const tokenizer = await CharacterTokenizer.fromStream(readText(halves));
  t.is(tokenizer.decode(tokenizer.encode('b😀a')), 'b😀a');
});

test('a stream without text makes a vocabulary of the special ids', async (t) => {
  const tokenizer = await CharacterTokenizer.fromStream([]);
  t.is(tokenizer.vocabularySize, 3);
  t.deepEqual([...tokenizer.encode('a')], [UNKNOWN]);
});

test('what JSON saved makes the same tokenizer', (t) => {
  fc.assert(
    fc.property(text, text, (written, other) => {
      const tokenizer = new CharacterTokenizer(written);
      const restored = CharacterTokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));
      t.deepEqual(restored.encode(written + other), tokenizer.encode(written + other));
      return restored.vocabularySize === tokenizer.vocabularySize;
    }),
  );
});

for (const json of [{ type: 'pieces', characters: 'a' }, { type: 'characters' }, { type: 'characters', characters: 7 }])
  test(`${JSON.stringify(json)} is a FileFormatError`, (t) => {
    t.throws(() => CharacterTokenizer.fromJSON(json), {
      instanceOf: FileFormatError,
      message: /^Expected a saved char/,
    });
  });
