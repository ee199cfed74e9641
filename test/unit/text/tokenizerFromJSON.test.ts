import test from 'ava';
import { FileFormatError } from '../../../src/errors.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { tokenizerFromJSON } from '../../../src/text/tokenizerFromJSON.js';

test('a saved character tokenizer comes back as one', async (t) => {
  const tokenizer = new CharacterTokenizer('Wir werden sehen.');
  const restored = await tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));
  t.true(restored instanceof CharacterTokenizer);
  t.deepEqual(restored.toJSON(), tokenizer.toJSON());
});

test('a type that nobody knows is a FileFormatError that names it', async (t) => {
  await t.throwsAsync(() => tokenizerFromJSON({ type: 'words' }), {
    instanceOf: FileFormatError,
    message: 'Expected a tokenizer of type characters or sentencepiece, got type "words" (string)',
  });
});

const NONE: Readonly<Record<string, unknown>> = {
  null: null,
  undefined: undefined,
  'a string': 'characters',
  'an array': ['characters'],
  'an object without a type': { characters: 'abc' },
  'an object with a number for a type': { type: 1 },
};

for (const [name, json] of Object.entries(NONE))
  test(`${name} is a FileFormatError`, async (t) => {
    await t.throwsAsync(() => tokenizerFromJSON(json), {
      instanceOf: FileFormatError,
      message: /^Expected a saved tokenizer, an object with a type, got /,
    });
  });
