import { mkdtempSync, readFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { FileFormatError, InvalidArgumentError } from '../../../../src/errors.js';
import { LanguageModel } from '../../../../src/model/LanguageModel.js';
import { SentencePieceTokenizer } from '../../../../src/text/SentencePieceTokenizer.js';
import { PAD_ID } from '../../../../src/text/Tokenizer.js';
import { tokenizerFromJSON } from '../../../../src/text/tokenizerFromJSON.js';
import fc from '../../../support/fastCheck.js';
import { sweepOf } from '../../../support/sweeps.js';
import { fixture } from '../../../support/trainingText.js';
import { modelFile, models } from './fixtures.js';

const load = (name: string) => SentencePieceTokenizer.load(modelFile(name));
const unigram = await load('ours-unigram');
const bytes = await load('ours-bytes');
const shifted = await load('google-unigram');

const directory = mkdtempSync(join(tmpdir(), 'sentencepiece-'));
test.after.always(() => rm(directory, { recursive: true, force: true }));

/** Any text, lone surrogates included, spaces in a row more often than by chance. */
const text = fc.string({
  unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 2 }), fc.constantFrom(' ', '▁', 'a', '\ud83d', '\udc4d')),
});

/** What is left of a text whose characters all have ids: to SentencePiece `▁` is a space. */
function normalized(given: string): string {
  return Buffer.from(given)
    .toString()
    .replaceAll(/ +/g, ' ')
    .replaceAll('▁', ' ')
    .replaceAll(/^ +| +$/g, '');
}

test('a trained model has pad 0, EOS 1, unknown 2, the bytes if it has any, then pieces', (t) => {
  t.is(PAD_ID, 0);
  t.like(bytes, { eosId: 1, unknownId: 2, vocabularySize: 600 });
  t.deepEqual(
    [0, 1, 2, 3, 258].map((id) => bytes.piece(id)),
    ['<pad>', '</s>', '<unk>', '<0x00>', '<0xFF>'],
  );
  t.regex(bytes.piece(259), /^▁?\P{Cc}+$/u);
});

test("Google's default ids are moved up by one, since pad is 0", (t) => {
  t.like(shifted, { unknownId: 1, eosId: 3, vocabularySize: 501 });
  t.deepEqual(
    [0, 1, 2, 3].map((id) => shifted.piece(id)),
    ['<pad>', '<unk>', '<s>', '</s>'],
  );
});

test('no text has the pad among its ids, nor EOS', (t) => {
  for (const tokenizer of [unigram, bytes, shifted])
    fc.assert(
      fc.property(fc.oneof(text, fc.constantFrom('<pad>', '</s>', '<s>', '\0', '<0x00>')), (given) => {
        const ids = tokenizer.encode(given);
        return !ids.includes(PAD_ID) && !ids.includes(tokenizer.eosId);
      }),
    );
  t.pass();
});

test('encoding cuts words into pieces, ▁ before each word', (t) => {
  const ids = unigram.encode('We will not rest.');
  const pieces = Array.from(ids, (id) => unigram.piece(id));
  t.is(pieces.join(''), '▁We▁will▁not▁rest.');
  t.true(pieces.length < 12);
});

test('with bytes, a text comes back from its ids but for spaces and halves of characters', (t) => {
  fc.assert(
    fc.property(text, (given) => bytes.decode(bytes.encode(given)) === normalized(given)),
    { numRuns: sweepOf(1000, 200) },
  );
  t.pass();
});

test('a run of characters that the vocabulary lacks is one unknown token, which has no text', (t) => {
  const ids = unigram.encode('We 日本語 will');
  t.is(ids.filter((id) => id === unigram.unknownId).length, 1);
  t.is(unigram.decode(ids), 'We  will');
});

test('half a surrogate pair becomes U+FFFD and takes nothing with it', (t) => {
  t.is(bytes.decode(bytes.encode('a\ud83db\udc4dc')), 'a\ufffdb\ufffdc');
});

test('special ids have no text', (t) => {
  const { eosId, unknownId } = unigram;
  const [we = 0, ...rest] = unigram.encode('We will');
  t.is(unigram.decode([PAD_ID, unknownId, we, eosId, ...rest, PAD_ID, eosId]), 'We will');
});

test('characterCount counts the characters of the text, and one for each unknown and EOS', (t) => {
  const { eosId, unknownId } = unigram;
  t.is(unigram.characterCount(unigram.encode('We will')), 7);
  t.is(unigram.characterCount([...unigram.encode('We will'), eosId]), 8);
  t.is(unigram.characterCount([...unigram.encode('We will'), unknownId, eosId, PAD_ID]), 9);
  t.is(unigram.characterCount([]), 0);
  t.is(bytes.characterCount(bytes.encode('日👍')), 2);
  fc.assert(fc.property(text, (given) => bytes.characterCount(bytes.encode(given)) === [...normalized(given)].length));
});

for (const id of [-1, 500, 1e9, 0.5, Number.NaN])
  test(`id ${id} is out of range, for decode, detokenizer, characterCount and piece`, (t) => {
    const expectation = {
      instanceOf: InvalidArgumentError,
      message: `Expected a token id to be an integer from 0 to 499, got ${id} (number)`,
    };
    t.throws(() => unigram.decode([5, id, 6]), expectation);
    t.throws(() => unigram.detokenizer().push(id), expectation);
    t.throws(() => unigram.characterCount([id]), expectation);
    t.throws(() => unigram.piece(id), expectation);
  });

for (const name of Object.keys(models))
  test(`${name}: as JSON and back it is the same`, async (t) => {
    const tokenizer = await load(name);
    const restored = await tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));
    t.true(restored instanceof SentencePieceTokenizer);
    t.deepEqual(restored.toJSON(), tokenizer.toJSON());
    t.deepEqual(restored.encode('We will not rest.'), tokenizer.encode('We will not rest.'));
  });

const BROKEN: Readonly<Record<string, unknown>> = {
  'no model': undefined,
  'a number for a model': 5,
  'an empty model': '',
  'a model that is no base64': '!!!',
  'half a model': readFileSync(fixture('ours-bpe.model')).subarray(0, 4000).toString('base64'),
};

for (const [name, model] of Object.entries(BROKEN))
  test(`JSON with ${name} is a FileFormatError`, async (t) => {
    await t.throwsAsync(tokenizerFromJSON({ type: 'sentencepiece', model }), {
      instanceOf: FileFormatError,
      message: /^Expected (a saved SentencePiece tokenizer .*|the saved model to be a SentencePiece model), got /,
    });
  });

test('save writes the very file that was loaded, and nothing beside it', async (t) => {
  const folder = mkdtempSync(join(directory, 'save-'));
  const path = join(folder, 'saved.model');
  await shifted.save(path);
  t.deepEqual(readFileSync(path), readFileSync(fixture('google-unigram.model')));
  t.deepEqual(await readdir(folder), ['saved.model']);
  t.deepEqual((await SentencePieceTokenizer.load(path)).toJSON(), shifted.toJSON());
});

test('what is done to the bytes that were loaded, or given out, changes nothing', async (t) => {
  const given = readFileSync(fixture('ours-bpe.model'));
  const tokenizer = await SentencePieceTokenizer.load(given);
  const before = tokenizer.encode('We will not rest.');
  given.fill(0);
  tokenizer.bytes.fill(0);
  t.deepEqual(Buffer.from(tokenizer.bytes), readFileSync(fixture('ours-bpe.model')));
  t.deepEqual(tokenizer.encode('We will not rest.'), before);
});

test('a language model keeps its SentencePiece tokenizer when it is saved and loaded', async (t) => {
  const path = join(mkdtempSync(join(directory, 'model-')), 'model');
  const model = new LanguageModel({ cell: 'gru', tokenizer: unigram, embeddingSize: 2, hiddenSize: 2 });
  await model.save(path);
  t.deepEqual(readFileSync(join(path, 'tokenizer.model')), Buffer.from(unigram.bytes));
  const loaded = await LanguageModel.load(path);
  t.deepEqual(loaded.tokenizer.toJSON(), unigram.toJSON());
  t.deepEqual(loaded.tokenizer.encode('We will'), unigram.encode('We will'));
  model.dispose();
  loaded.dispose();
});
