import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import { FileFormatError } from '../../../../src/errors.js';
import { SentencePieceTokenizer } from '../../../../src/text/SentencePieceTokenizer.js';
import {
  decodeModel,
  encodeModel,
  type ModelProto,
  PIECE_TYPES,
  type Piece,
} from '../../../../src/text/sentencepiece/modelProto.js';
import fc from '../../../support/fastCheck.js';
import { LOADER, moduleAt } from '../../../support/places.js';
import { runNode } from '../../../support/runProgram.js';
import { sweepOf } from '../../../support/sweeps.js';
import { rejectsInvalid } from '../../../support/throwsInvalid.js';
import { fixture } from '../../../support/trainingText.js';
import '../../../support/ownProcess.js';

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
const newListenersBefore = process.listenerCount('newListener');
const listenersBefore = EVENTS.map((event) => process.rawListeners(event));

const path = fixture('ours-unigram.model');
const model = readFileSync(path);
const proto = decodeModel(model, path);

const directory = mkdtempSync(join(tmpdir(), 'sentencepiece-load-'));
test.after.always(() => rm(directory, { recursive: true, force: true }));

test('a model is loaded from its path, a file: URL or its bytes', async (t) => {
  const loaded = await Promise.all([path, pathToFileURL(path), model].map((from) => SentencePieceTokenizer.load(from)));
  for (const tokenizer of loaded) t.deepEqual(Buffer.from(tokenizer.bytes), model);
});

for (const [name, argument] of Object.entries({ undefined: undefined, 'a number': 3, 'a list': [1, 2] }))
  test(`${name} is no model: InvalidArgumentError`, async (t) => {
    await rejectsInvalid(t, SentencePieceTokenizer.load(argument as never), 'model');
  });

const BAD_FILES: Readonly<Record<string, Uint8Array | undefined>> = {
  'a missing file': undefined,
  'an empty file': new Uint8Array(),
  'a text': Buffer.from('We hold these truths to be self-evident.\n'),
  'a file of zeros': new Uint8Array(5000),
  'half a model': model.subarray(0, model.length / 2),
  'a model without its last byte': model.subarray(0, -1),
  'a model and a text': Buffer.concat([model, Buffer.from('We hold')]),
};

for (const [name, bytes] of Object.entries(BAD_FILES))
  test(`${name} is a FileFormatError that tells its path`, async (t) => {
    const file = join(directory, `${name}.model`);
    if (bytes) writeFileSync(file, bytes);
    const error = await t.throwsAsync(SentencePieceTokenizer.load(file), { instanceOf: FileFormatError });
    t.true(error?.message.startsWith(`Expected ${file} to be a SentencePiece model`), error?.message);
    t.false(error?.message.includes('\n'));
  });

test('a directory is a FileFormatError that tells its path', async (t) => {
  const error = await t.throwsAsync(SentencePieceTokenizer.load(directory), { instanceOf: FileFormatError });
  t.true(error?.message.includes(directory));
});

const CUTS = sweepOf(100, 30);
test('a model cut anywhere is a FileFormatError', async (t) => {
  const at = [
    ...Array(60).keys(),
    ...Array.from({ length: CUTS }, (_, index) => Math.floor((index * model.length) / CUTS)),
  ];
  for (const length of at)
    await t.throwsAsync(SentencePieceTokenizer.load(model.subarray(0, length)), { instanceOf: FileFormatError });
});

for (const name of ['ours-unigram', 'google-rules'])
  test(`${name} with bytes changed is a model or a FileFormatError, and the other models go on`, async (t) => {
    const whole = readFileSync(fixture(`${name}.model`));
    const tokenizer = await SentencePieceTokenizer.load(model);
    const before = tokenizer.encode('We will not rest.');
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const damaged = Buffer.from(whole);
        for (const [at, byte] of changes) damaged[at] = byte;
        try {
          (await SentencePieceTokenizer.load(damaged)).encode('We will not rest.');
        } catch (error) {
          if (!(error instanceof FileFormatError)) throw error;
        }
      }),
      { numRuns: sweepOf(150, 40), examples: [[[[61, 18]]]] },
    );
    t.deepEqual(tokenizer.encode('We will not rest.'), before);
  });

/** The house's model with another list of pieces, or with what `changes` says. */
function changed(changes: Partial<ModelProto>): Uint8Array {
  return encodeModel({ ...proto, ...changes });
}

test('a model without EOS is refused, with what to do', async (t) => {
  const pieces = proto.pieces.filter(({ text }) => text !== '</s>');
  await t.throwsAsync(SentencePieceTokenizer.load(changed({ pieces })), {
    instanceOf: FileFormatError,
    message:
      "Expected the bytes to have an end of sentence, a control piece </s>, got none. Train it with one (Google's trainer: --eos_id)",
  });
});

test('a model in which </s> is a piece like others, which a text may hold, has no EOS', async (t) => {
  const pieces = proto.pieces.map((piece) =>
    piece.text === '</s>' ? { ...piece, type: PIECE_TYPES.userDefined } : piece,
  );
  await t.throwsAsync(SentencePieceTokenizer.load(changed({ pieces })), {
    instanceOf: FileFormatError,
    message: /got none/,
  });
});

const BAD_PIECES: Readonly<Record<string, (pieces: Piece[]) => Piece[]>> = {
  'no unknown piece': (pieces) => pieces.filter(({ type }) => type !== PIECE_TYPES.unknown),
  'two unknown pieces': (pieces) => [...pieces, { text: '<unknown>', score: 0, type: PIECE_TYPES.unknown }],
  'a piece twice': (pieces) => [...pieces, ...pieces.slice(-1)],
  'an empty piece': (pieces) => [...pieces, { text: '', score: -9, type: PIECE_TYPES.normal }],
  'a piece that holds the null character': (pieces) => [
    ...pieces,
    { text: 'a\0', score: -9, type: PIECE_TYPES.normal },
  ],
  'a score that is no number': (pieces) => [...pieces, { text: 'zzz', score: Number.NaN, type: PIECE_TYPES.normal }],
  'one byte, not 256': (pieces) => [...pieces, { text: '<0x00>', score: 0, type: PIECE_TYPES.byte }],
  'no pieces': () => [],
};

const TIMES = sweepOf(300, 30);
for (const [name, change] of Object.entries(BAD_PIECES))
  test(`a model with ${name} is a FileFormatError, ${TIMES} times over`, async (t) => {
    const bytes = changed({ pieces: change([...proto.pieces]) });
    for (let time = 0; time < TIMES; time++)
      await t.throwsAsync(SentencePieceTokenizer.load(bytes), { instanceOf: FileFormatError });
  });

test('a model whose id 0 is another special piece than its pad is moved up by one', async (t) => {
  const pieces = proto.pieces.filter(({ text }) => text !== '<pad>');
  const tokenizer = await SentencePieceTokenizer.load(changed({ pieces }));
  t.like(tokenizer, { vocabularySize: 500, eosId: 1, unknownId: 2 });
  t.is(tokenizer.decode(tokenizer.encode('We will')), 'We will');
});

test("loading leaves the process's listeners for errors as they were", async (t) => {
  await SentencePieceTokenizer.load(model);
  EVENTS.forEach((event, index) => {
    t.deepEqual(process.rawListeners(event), listenersBefore[index]);
  });
  t.is(process.listenerCount('newListener'), newListenersBefore);
});

for (const [what, failure] of [
  ['an error that nobody catches', "setTimeout(() => { throw new Error('mine'); })"],
  ['a rejection that nobody handles', "Promise.reject(new Error('mine'))"],
])
  test(`${what} ends the process as ever after a model was loaded`, async (t) => {
    const program = join(directory, `${what}.mjs`);
    const library = moduleAt('src/text/SentencePieceTokenizer.ts');
    writeFileSync(
      program,
      `
      import { SentencePieceTokenizer } from ${JSON.stringify(library.href)};
      await SentencePieceTokenizer.load(${JSON.stringify(path)});
      ${failure};
    `,
    );
    const { code, stderr } = await runNode([...LOADER, program]);
    t.is(code, 1);
    t.regex(stderr, /Error: mine/);
    t.true(stderr.length < 5000);
  });

const LOADS = sweepOf(1000, 300);
test.serial(`${LOADS} loads need no more memory than 100`, async (t) => {
  const load = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) (await SentencePieceTokenizer.load(path)).encode('We will not rest.');
  };
  await load(100);
  const before = process.memoryUsage().rss;
  await load(LOADS);
  const growth = (process.memoryUsage().rss - before) / 1e6;
  t.true(growth < 60, `${growth.toFixed(0)} MB`);
});

test('many models that are used in turn all go on', async (t) => {
  const names = [
    'ours-unigram',
    'ours-bpe',
    'ours-bytes',
    'google-unigram',
    'google-rules',
    'google-bytes',
    'google-spaces',
  ];
  const tokenizers = await Promise.all(names.map((name) => SentencePieceTokenizer.load(fixture(`${name}.model`))));
  const ids = tokenizers.map((tokenizer) => tokenizer.encode('We will not rest.'));
  for (let round = 0; round < 3; round++)
    tokenizers.forEach((tokenizer, index) => {
      t.deepEqual(tokenizer.encode('We will not rest.'), ids[index]);
    });
});
