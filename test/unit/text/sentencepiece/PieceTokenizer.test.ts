import test from 'ava';
import { FileFormatError, InvalidArgumentError } from '../../../../src/errors.js';
import { PieceTokenizer } from '../../../../src/text/PieceTokenizer.js';
import { restoreTokenizer } from '../../../../src/text/restoreTokenizer.js';
import { SentencePieceTokenizer } from '../../../../src/text/SentencePieceTokenizer.js';
import {
  decodeModel,
  encodeModel,
  MODEL_TYPES,
  type ModelProto,
  type NormalizerSpec,
  PIECE_TYPES,
  type Piece,
} from '../../../../src/text/sentencepiece/modelProto.js';
import fc from '../../../support/fastCheck.js';
import { sweepOf } from '../../../support/sweeps.js';
import { sentences } from '../../../support/trainingText.js';
import { modelFile, models } from './fixtures.js';

// What PieceTokenizer does is held against Google's library, as WebAssembly: SentencePieceTokenizer.

/** Unicode's corners: combining marks, jamo, compatibility and full width forms, ligatures, emoji, controls, halves of characters, … */
const BLOCKS = [
  ...[
    [0x00, 0x1f],
    [0x20, 0x7e],
    [0x7f, 0x24f],
    [0x300, 0x36f],
    [0x370, 0x52f],
    [0x591, 0x6ff],
    [0x900, 0xdff],
    [0xe00, 0xeff],
  ],
  ...[
    [0x1100, 0x11ff],
    [0x1e00, 0x1fff],
    [0x2000, 0x206f],
    [0x2070, 0x218f],
    [0x2460, 0x24ff],
    [0x2580, 0x259f],
    [0x3000, 0x30ff],
  ],
  ...[
    [0x3130, 0x33ff],
    [0x4e00, 0x4eff],
    [0xac00, 0xacff],
    [0xd800, 0xdfff],
    [0xf900, 0xfaff],
    [0xfb00, 0xfdff],
    [0xfe00, 0xffff],
  ],
  ...[
    [0x1d400, 0x1d7ff],
    [0x1f100, 0x1f64f],
    [0x2f800, 0x2fa1f],
    [0xe0000, 0xe01ef],
    [0x10fff0, 0x10ffff],
  ],
] as const;
const character = fc
  .constantFrom(...BLOCKS)
  .chain(([first = 0, last = 0]) => fc.integer({ min: first, max: last }))
  .map((codePoint) => String.fromCodePoint(codePoint));
const stretch = fc
  .tuple(fc.constantFrom(...sentences), fc.nat(), fc.integer({ min: 1, max: 12 }))
  .map(([sentence, at, length]) => sentence.slice(at % sentence.length).slice(0, length));
const special = fc.constantFrom(
  ' ',
  '  ',
  '▁',
  '\n',
  '[user]',
  '[us',
  ' the',
  '. ',
  '日本',
  '0',
  '00',
  '000',
  'É',
  '</s>',
  '<0x41>',
  'ab',
  'abc',
);
const text = fc.array(fc.oneof(character, stretch, special), { maxLength: 24 }).map((parts) => parts.join(''));

const RUNS = sweepOf(2000, 150);

async function isAlike(model: Uint8Array, runs = RUNS): Promise<void> {
  const [ours, theirs] = [await PieceTokenizer.load(model), await SentencePieceTokenizer.load(model)];
  fc.assert(
    fc.property(text, (given) => {
      const [found, expected] = [ours.encode(given), theirs.encode(given)];
      if (String(found) !== String(expected)) throw new Error(`${pieces(ours, found)}, not ${pieces(ours, expected)}`);
    }),
    { numRuns: runs },
  );
}

function pieces(tokenizer: PieceTokenizer, ids: Int32Array): string {
  return Array.from(ids, (id) => tokenizer.piece(id)).join(' ');
}

for (const name of Object.keys(models))
  test(`${name}: any text has the ids that Google's library gives`, async (t) => {
    await isAlike(modelFile(name));
    t.pass();
  });

function keepsWhiteSpace(tokenizer: PieceTokenizer): boolean {
  return tokenizer.decode(tokenizer.encode('  a \n\n ')) === '  a \n\n ';
}

const LEARNED = ['unigram', 'bpe'] as const;
for (const model of LEARNED)
  for (const byteFallback of [false, true])
    for (const keepWhiteSpace of [false, true])
      test(`a ${model} model, byteFallback ${byteFallback}, keepWhiteSpace ${keepWhiteSpace}: so it is`, async (t) => {
        const text = sentences.slice(0, 300).map((sentence) => `${sentence}\n`);
        const options = { model, byteFallback, keepWhiteSpace, vocabularySize: 700 };
        const theirs = await SentencePieceTokenizer.train(text, options);
        await isAlike(theirs.bytes);
        t.is(keepWhiteSpace, keepsWhiteSpace(theirs));
        if (!keepWhiteSpace) return;
        const ours = await PieceTokenizer.load(theirs.bytes);
        const chunks = fc.array(fc.oneof(stretch, special, character), { maxLength: 40 });
        fc.assert(
          fc.property(chunks, (given) => {
            const [a, b] = [ours.encoder(), theirs.encoder()];
            for (const chunk of given) t.deepEqual([...a.push(chunk)], [...b.push(chunk)]);
            t.deepEqual([...a.end()], [...b.end()]);
          }),
          { numRuns: sweepOf(200, 30) },
        );
      });

// ── Models that no trainer of ours makes ──

/** A model with something changed. */
function changed(name: string, change: (model: ModelProto) => Partial<ModelProto>): Uint8Array {
  const model = decodeModel(modelFile(name), name);
  return encodeModel({ ...model, ...change(model) });
}

const normalizer = (changes: Partial<NormalizerSpec>) => (model: ModelProto) => ({
  normalizer: { ...model.normalizer, ...changes },
});

/** Every fifth piece becomes one that is not to be used, and is split again. */
function unused({ pieces }: ModelProto): Partial<ModelProto> {
  const isMade = ({ text, type }: Piece): boolean => type === PIECE_TYPES.normal && [...text].length > 1;
  return {
    pieces: pieces.map((piece, id) => (isMade(piece) && id % 5 === 0 ? { ...piece, type: PIECE_TYPES.unused } : piece)),
  };
}

function withPieces(...more: Piece[]) {
  return ({ pieces }: ModelProto): Partial<ModelProto> => ({ pieces: [...pieces, ...more] });
}

const symbol = (text: string): Piece => ({ text, score: 0, type: PIECE_TYPES.userDefined });
const withSymbols =
  (...texts: string[]) =>
  ({ pieces }: ModelProto): Partial<ModelProto> => ({
    pieces: [...pieces.filter(({ text }) => !texts.includes(text)), ...texts.map(symbol)],
  });
const made = (modelType: number) => (model: ModelProto) => ({ trainer: { ...model.trainer, modelType } });

const CHANGED: Readonly<Record<string, Uint8Array>> = {
  'pieces that are not to be used, unigram': changed('ours-unigram', unused),
  'pieces that are not to be used, BPE': changed('ours-bpe', unused),
  'symbols that begin alike': changed('ours-unigram', withSymbols(...['ab', 'abc', 'bc ', '00', '0 '])),
  'symbols with bytes': changed('ours-bytes', withSymbols(...['ab', '日', '日本', '  '])),
  'symbols, BPE': changed('ours-bpe', withSymbols(...['ab', 'abc', ' th', '▁an'])),
  'symbols where pieces are more probable than 1': changed('ours-unigram', (model) => ({
    pieces: [...model.pieces, { text: '▁wi', score: 3, type: PIECE_TYPES.normal }, symbol('日本'), symbol('▁th')],
  })),
  'spaces that are not escaped': changed('ours-unigram', normalizer({ escapeSpaces: false })),
  'all spaces kept behind one more': changed('ours-bpe', normalizer({ removeExtraSpaces: false })),
  'spaces removed and none put': changed('ours-unigram', normalizer({ addDummyPrefix: false })),
  'spaces kept, rules': changed('google-fold', normalizer({ removeExtraSpaces: false })),
  'rules whose spaces are kept, nmt_nfkc': changed(
    'google-nfkc',
    normalizer({ removeExtraSpaces: false, addDummyPrefix: false }),
  ),
  'pieces that are whole words': changed('ours-unigram', made(MODEL_TYPES.word)),
  'pieces that are characters': changed('ours-unigram', made(MODEL_TYPES.character)),
  'characters, else bytes': changed('ours-bytes', made(MODEL_TYPES.character)),
  'BPE with the scores of another kind': changed('ours-unigram', made(MODEL_TYPES.bpe)),
  'scores of another kind': changed('ours-bpe', made(MODEL_TYPES.unigram)),
};

for (const [what, model] of Object.entries(CHANGED))
  test(`${what}: so it is`, async (t) => {
    await isAlike(model);
    t.pass();
  });

test('a text that is the text of a special piece is a text: of a character that is a control piece as well, unknown', async (t) => {
  const model = changed('ours-bpe', withPieces({ text: '♥', score: 0, type: PIECE_TYPES.control }));
  const tokenizer = await PieceTokenizer.load(model);
  t.is(pieces(tokenizer, tokenizer.encode('We ♥ will')), '▁We ▁ <unk> ▁will');
});

// ── Long texts ──

const long = sentences.slice(0, 900).join(' ').slice(0, 100_000);
const LONG: Readonly<Record<string, string>> = {
  sentences: long,
  'one word': long.replaceAll(/[^A-Za-z]/g, '').slice(0, 60_000),
  'one letter': 'e'.repeat(60_000),
  'unknown characters': '日本'.repeat(30_000),
  digits: '0'.repeat(30_000),
};
for (const [what, given] of Object.entries(LONG))
  for (const name of ['ours-unigram', 'ours-bpe', 'ours-bytes', 'google-nfkc', 'google-bytes'])
    test.serial(
      `${name}: ${given.length} characters of ${what} have the ids that Google's library gives, in less than a second`,
      async (t) => {
        const model = modelFile(name);
        const [ours, theirs] = [await PieceTokenizer.load(model), await SentencePieceTokenizer.load(model)];
        const before = process.cpuUsage();
        const ids = ours.encode(given);
        const { user, system } = process.cpuUsage(before);
        t.true(user + system < 1e6, `${(user + system) / 1e6} s`);
        t.is(String(ids), String(theirs.encode(given)));
      },
    );

// ── A tokenizer like the other ──

for (const name of Object.keys(models))
  test(`${name}: what it says of itself is what SentencePieceTokenizer says, and each is restored from the other`, async (t) => {
    const model = modelFile(name);
    const [ours, theirs] = [await PieceTokenizer.load(model), await SentencePieceTokenizer.load(model)];
    const { vocabularySize, eosId, unknownId } = theirs;
    t.like(ours, { vocabularySize, eosId, unknownId });
    t.deepEqual(ours.toJSON(), theirs.toJSON());
    t.deepEqual(ours.bytes, theirs.bytes);
    const restored = await restoreTokenizer(JSON.parse(JSON.stringify(theirs)));
    t.true(restored instanceof PieceTokenizer && !(restored instanceof SentencePieceTokenizer));
    t.deepEqual((await SentencePieceTokenizer.fromJSON(ours.toJSON())).bytes, ours.bytes);
    const id = fc.nat({ max: vocabularySize - 1 });
    fc.assert(
      fc.property(fc.array(id), (ids) => {
        t.is(ours.decode(ids), theirs.decode(ids));
        t.is(ours.characterCount(ids), theirs.characterCount(ids));
      }),
      { numRuns: 50 },
    );
  });

test('a model that drops white space is refused for text that goes on, and so is an id out of range', async (t) => {
  const tokenizer = await PieceTokenizer.load(modelFile('ours-unigram'));
  t.throws(() => tokenizer.encoder(), { instanceOf: InvalidArgumentError, message: /keepWhiteSpace/ });
  t.throws(() => tokenizer.decode([500]), { instanceOf: InvalidArgumentError });
  t.throws(() => tokenizer.encode('x'.repeat(2 ** 20 + 1)), { instanceOf: InvalidArgumentError });
});

// ── Files that are damaged ──

/** Whether a tokenizer takes a model, or refuses it as it should. */
async function takes(tokenizers: typeof PieceTokenizer, model: Uint8Array): Promise<PieceTokenizer | undefined> {
  try {
    return await tokenizers.load(model);
  } catch (error) {
    if (error instanceof FileFormatError) return undefined;
    throw error;
  }
}

const normal = (text: string): Piece => ({ text, score: -9, type: PIECE_TYPES.normal });
const marked = (text: string, type: number): Piece => ({ text, score: 0, type });
const BAD: Readonly<Record<string, Uint8Array>> = {
  'no unknown piece': changed('ours-bpe', ({ pieces }) => ({
    pieces: pieces.filter(({ type }) => type !== PIECE_TYPES.unknown),
  })),
  'two unknown pieces': changed('ours-bpe', withPieces(marked('<unknown>', PIECE_TYPES.unknown))),
  'a piece twice': changed('ours-bpe', withPieces(normal('zzz'), symbol('zzz'))),
  'a special piece twice': changed('ours-bpe', withPieces(marked('</s>', PIECE_TYPES.control))),
  'an empty piece': changed('ours-bpe', withPieces(normal(''))),
  'one byte, not 256': changed('ours-bpe', withPieces(marked('<0x00>', PIECE_TYPES.byte))),
  '255 bytes': changed('ours-bytes', ({ pieces }) => ({ pieces: pieces.filter(({ text }) => text !== '<0x41>') })),
  'a byte of another name': changed('ours-bytes', withPieces(marked('<0xfg>', PIECE_TYPES.byte))),
  'bytes in small letters': changed('ours-bytes', withPieces(marked('<0xff>', PIECE_TYPES.byte))),
  'nothing but special pieces': changed('ours-unigram', ({ pieces }) => ({ pieces: pieces.slice(0, 3) })),
  'rules that are no rules': changed('ours-bpe', normalizer({ charsmap: Uint8Array.of(1, 2, 3) })),
  'rules longer than they are': changed(
    'ours-bpe',
    normalizer({ charsmap: Uint8Array.of(255, 255, 0, 0, 1, 2, 3, 4, 0) }),
  ),
  // To protobuf, that is an unknown field, and the piece has no text.
  'a piece whose text is written as a float': Uint8Array.from(modelFile('ours-bytes')).with(6220, 13),
};

for (const [what, model] of Object.entries(BAD))
  test(`a model with ${what} is a FileFormatError, as for Google's library`, async (t) => {
    t.is(await takes(SentencePieceTokenizer, model), undefined);
    await t.throwsAsync(PieceTokenizer.load(model), {
      instanceOf: FileFormatError,
      message: /^Expected the bytes to (be a SentencePiece model|have an unknown piece), got /,
    });
  });

test('BPE with nothing but special pieces is a model', async (t) => {
  const model = changed('ours-bpe', ({ pieces }) => ({ pieces: pieces.slice(0, 3) }));
  await isAlike(model, 20);
  t.pass();
});

for (const name of ['ours-bytes', 'google-fold', 'google-symbols'])
  test(`${name} with bytes changed is a model or a FileFormatError, as it is for Google's library but for its rules`, async (t) => {
    const whole = modelFile(name);
    const rules = decodeModel(whole, name).normalizer.charsmap;
    const [from, to] =
      rules.length === 0
        ? [0, 0]
        : [rules.byteOffset - whole.byteOffset, rules.byteOffset - whole.byteOffset + rules.length];
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const damaged = Uint8Array.from(whole);
        for (const [at, byte] of changes) damaged[at] = byte;
        const ours = await takes(PieceTokenizer, damaged);
        const given = `We will not rest. ${sentences[3]} ｆｕｌｌ Éa日本[user] 00`;
        ours?.encode(given);
        // What is read beyond the end of damaged rules is anything.
        if (changes.some(([at]) => at >= from - 8 && at < to)) return;
        const theirs = await takes(SentencePieceTokenizer, damaged);
        t.is(ours === undefined, theirs === undefined);
        t.is(String(ours?.encode(given)), String(theirs?.encode(given)));
      }),
      { numRuns: sweepOf(600, 60) },
    );
  });

test('rules that are any bytes are rules or a FileFormatError', async (t) => {
  const { normalizer: google } = decodeModel(modelFile('google-fold'), 'google-fold');
  const edits = fc.array(fc.tuple(fc.nat(google.charsmap.length - 1), fc.nat(255)), { minLength: 1, maxLength: 9 });
  await fc.assert(
    fc.asyncProperty(edits, text, async (changes, given) => {
      const charsmap = Uint8Array.from(google.charsmap);
      for (const [at, byte] of changes) charsmap[at] = byte;
      (await takes(PieceTokenizer, changed('ours-bytes', normalizer({ charsmap }))))?.encode(given);
    }),
    { numRuns: sweepOf(1000, 100) },
  );
  t.pass();
});

test('a model is loaded from bytes alone, and keeps its own', async (t) => {
  await t.throwsAsync(PieceTokenizer.load('a.model' as unknown as Uint8Array), { instanceOf: InvalidArgumentError });
  const given = Uint8Array.from(modelFile('ours-bpe'));
  const tokenizer = await PieceTokenizer.load(given);
  given.fill(0);
  t.deepEqual(tokenizer.bytes, Uint8Array.from(modelFile('ours-bpe')));
});
