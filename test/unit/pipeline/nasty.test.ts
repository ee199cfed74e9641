import { isUtf8 } from 'node:buffer';
import { createReadStream, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { tap } from 'rxjs';
import { BabblebrookError, EncodingError } from '../../../src/errors.js';
import { appendEos } from '../../../src/pipeline/appendEos.js';
import type { Batch } from '../../../src/pipeline/Batch.js';
import { bucketByLength } from '../../../src/pipeline/bucketByLength.js';
import { limitLength } from '../../../src/pipeline/limitLength.js';
import { maskPadding } from '../../../src/pipeline/maskPadding.js';
import type { TextSource } from '../../../src/pipeline/openText.js';
import { padBatch } from '../../../src/pipeline/padBatch.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { readText } from '../../../src/pipeline/readText.js';
import { sequencesOf } from '../../../src/pipeline/sequencesOf.js';
import { shuffle } from '../../../src/pipeline/shuffle.js';
import { splitSentences } from '../../../src/pipeline/splitSentences.js';
import { tokenize } from '../../../src/pipeline/tokenize.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { PAD_ID, type Tokenizer } from '../../../src/text/Tokenizer.js';
import { byteTokenizer } from '../../support/byteTokenizer.js';
import { collect, collectUntilError } from '../../support/collect.js';
import fc from '../../support/fastCheck.js';
import { fixtureAt } from '../../support/places.js';
import { sweepOf } from '../../support/sweeps.js';
import { temporaryFile } from '../../support/temporaryFiles.js';

const directory = fileURLToPath(fixtureAt('nasty/'));

/** What is seen of a text on its way. */
interface Observed {
  readonly sentences: string[];
  /** How often each id came before batches were made. */
  readonly ids: Int32Array;
}

const observe = (): Observed => ({ sentences: [], ids: noIds() });

/** The count of each id, none so far; our vocabularies are smaller. */
const noIds = (): Int32Array => new Int32Array(300);

interface Options {
  readonly tokenizer?: Tokenizer;
  readonly maxLength?: number;
  readonly observed?: Observed;
}

/** The whole pipeline: text to masked batches of at most 2000 places. */
function batchesOf(
  source: TextSource,
  { tokenizer = byteTokenizer, maxLength = 1000, observed = observe() }: Options = {},
) {
  return pipeline(
    pipeline(
      readText(source),
      splitSentences(),
      tap((sentence) => observed.sentences.push(sentence)),
    ),
    tokenize(tokenizer),
    appendEos(tokenizer),
    tap((sequence) => countIds(observed.ids, sequence)),
    limitLength({ maxLength }),
    shuffle({ bufferSize: 16, seed: 1 }),
    bucketByLength({ maxTokens: 2 * maxLength, poolBatches: 2 }),
    padBatch(),
    maskPadding(),
  );
}

/** Adds to the counts of ids. */
function countIds(counts: Int32Array, ids: Iterable<number>): Int32Array {
  for (const id of ids) counts[id] = (counts[id] ?? Number.NaN) + 1;
  return counts;
}

/** How often each id is in batches, where the mask is 1. */
function idsIn(batches: readonly Batch[]): Int32Array {
  const counts = noIds();
  for (const { ids, mask } of batches)
    countIds(
      counts,
      ids.filter((_, place) => mask[place] === 1),
    );
  return counts;
}

/** The sentences in batches, in order of code units. */
function sentencesIn(batches: readonly Batch[]): string[] {
  return batches.flatMap((batch) => Array.from(sequencesOf(batch), (ids) => byteTokenizer.decode(ids))).sort();
}

/** Gives these pieces each time it is read. */
function pieces<T>(...all: readonly T[]): AsyncIterable<T> {
  return {
    async *[Symbol.asyncIterator]() {
      yield* all;
    },
  };
}

/** What a file must give: its sentences, or the offset of the byte that is no UTF-8. */
const FILES: Readonly<Record<string, readonly string[] | number>> = {
  'empty.txt': [],
  'only-a-bom.txt': [],
  'only-spaces.txt': [],
  'only-punctuation.txt': ['... ?! .', '!!! “.” —'],
  'no-final-newline.txt': ['It ends here.', 'This one just sto'],
  'cr-only.txt': ['One old line.', 'And a se cond one.', 'A paragraph.'],
  'bom-at-the-start.txt': ['It has a mark.'],
  'bom-in-the-middle.txt': ['The first file.', 'The second file.'],
  'nul-bytes.txt': ['A \0 in it.', '\0\0\0 None in this.'],
  'emoji-and-combining.txt': [
    'A family \u{1F468}\u200d\u{1F469}\u200d\u{1F467}\u200d\u{1F466}, a flag \u{1F1EA}\u{1F1FA}, a thumb \u{1F44D}\u{1F3FD}.',
    'Cafe\u0301 and n\u0303u\u0308.',
    'Zal\u0321\u0353\u0348go!',
  ],
  'right-to-left.txt': ['السلام عليكم.', 'كيف حالك؟', 'שלום עולם.', '\u202bמה שלומך?\u202c'],
  'invalid-in-the-middle.txt': 11,
  'cut-at-the-end.txt': 15,
  'surrogate-bytes.txt': 13,
  'overlong.txt': 19,
  'latin-1.txt': 2,
  'utf-16.txt': 0,
};

test('every file is tested', (t) => {
  t.deepEqual(readdirSync(directory).sort(), ['README.md', ...Object.keys(FILES)].sort());
});

for (const [name, expected] of Object.entries(FILES)) {
  const path = directory + name;

  if (typeof expected === 'number')
    test(`${name} is an EncodingError that names it and byte ${expected}`, async (t) => {
      const error = await t.throwsAsync(collect(batchesOf(path)), { instanceOf: EncodingError });
      t.like(error, { source: path, byteOffset: expected });
    });
  else
    test(`${name} gives ${expected.length} sentences`, async (t) => {
      t.deepEqual(sentencesIn(await collect(batchesOf(path))), [...expected].sort());
    });

  test(`${name} gives the same in chunks of any size`, async (t) => {
    for (const highWaterMark of [1, 2, 3, 4, 5, 7, 11, 16]) {
      const batches = collect(batchesOf(createReadStream(path, { highWaterMark })));
      if (typeof expected === 'number') {
        const error = await t.throwsAsync(batches, { instanceOf: EncodingError });
        t.is((error as EncodingError).byteOffset, expected);
      } else t.deepEqual(sentencesIn(await batches), [...expected].sort());
    }
  });
}

test('a null character is an unknown token to characters, never padding', async (t) => {
  const tokenizer = new CharacterTokenizer('\0 Ainthsoe.N');
  const ids = idsIn(await collect(batchesOf(`${directory}nul-bytes.txt`, { tokenizer })));
  t.is(ids[PAD_ID], 0);
  t.is(ids[tokenizer.unknownId], 4);
});

test('each code point of emoji and of combining marks is a token to characters', async (t) => {
  const sentences = FILES['emoji-and-combining.txt'] as string[];
  const tokenizer = new CharacterTokenizer(sentences.join(''));
  const ids = idsIn(await collect(batchesOf(`${directory}emoji-and-combining.txt`, { tokenizer })));
  const expected = noIds();
  for (const sentence of sentences) countIds(expected, [...tokenizer.encode(sentence), tokenizer.eosId]);
  t.deepEqual(ids, expected);
  t.is(
    ids.reduce((sum, n) => sum + n),
    [...sentences.join('')].length + sentences.length,
  );
});

const LONE: Readonly<Record<string, readonly [readonly string[], number]>> = {
  'a high surrogate': [['One \ud83d half.'], 1],
  'a low surrogate': [['One \ude00 half.'], 1],
  'a high surrogate at the end': [['One half \ud83d'], 1],
  'two halves in the wrong order': [['\ude00\ud83d.'], 2],
  'two halves in two chunks': [['One \ud83d', '\ude00 whole.'], 0],
};
for (const [name, [strings, unknown]] of Object.entries(LONE))
  test(`${name} in a string is ${unknown} unknown tokens to characters`, async (t) => {
    const tokenizer = new CharacterTokenizer('One half.wo😀');
    const ids = idsIn(await collect(batchesOf(pieces(...strings), { tokenizer })));
    t.is(ids[tokenizer.unknownId], unknown);
    t.is(ids[tokenizer.eosId], 1);
    t.is(
      ids.reduce((sum, n) => sum + n),
      [...strings.join('')].length + 1,
    );
  });

const MEGABYTES = sweepOf(5, 1);

test(`a line of ${MEGABYTES} MB without an end is in the batches, every token once`, async (t) => {
  t.timeout(300_000);
  const words = 'and so on and on and on '.repeat(42_000 * MEGABYTES).trimEnd();
  const tokenizer = new CharacterTokenizer(words);
  const batches = await collect(batchesOf(await temporaryFile(t, words), { tokenizer }));
  t.deepEqual(idsIn(batches), countIds(noIds(), [...tokenizer.encode(words), tokenizer.eosId]));
  t.true(batches.every(({ length }) => length <= 1000));
});

test(`a line of ${MEGABYTES} MB of sentences is these sentences`, async (t) => {
  t.timeout(300_000);
  const sentences = Array.from(
    { length: 20_000 * MEGABYTES },
    (_, n) => `This is the sentence of the number ${n} of many.`,
  );
  const path = await temporaryFile(t, sentences.join(' '));
  t.deepEqual(sentencesIn(await collect(batchesOf(path))), sentences.sort());
});

for (const [what, bytes] of Object.entries({
  'an invalid byte': Uint8Array.of(0xff),
  'half a character': Uint8Array.of(0xe2, 0x82, 0x2e),
}))
  test(`${what} anywhere around the edge of a file's chunk is an EncodingError at its place`, async (t) => {
    const EDGE = 2 ** 16;
    for (let place = EDGE - 4; place <= EDGE + 1; place++) {
      const path = await temporaryFile(t, Buffer.concat([Buffer.alloc(place, 'ab '), bytes, Buffer.alloc(9, 'c')]));
      const error = await t.throwsAsync(collect(batchesOf(path)), { instanceOf: EncodingError });
      t.like(error, { source: path, byteOffset: place });
    }
  });

test("a character anywhere around the edge of a file's chunk stays whole", async (t) => {
  const EDGE = 2 ** 16;
  for (const character of ['😀', 'e\u0301', '\r\n', '👍🏽'])
    for (let place = EDGE - 5; place <= EDGE + 1; place++) {
      const path = await temporaryFile(t, `${'a'.repeat(place)}${character}b.`);
      const observed = observe();
      await collect(batchesOf(path, { observed }));
      t.deepEqual(observed.sentences, [`${'a'.repeat(place)}${character === '\r\n' ? ' ' : character}b.`]);
    }
});

/** Bytes: any, or text of which a byte may have been changed, with much that pipelines stumble over. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc
    .tuple(
      fc.string({
        unit: fc.oneof(
          fc.constantFrom(...'ab. .?!…"”)•\n\r\t\0\u0085\u00a0\u200b\u2028\u2029\u3000\ufeff\u0301\u200dß€😀؟。'),
          fc.constantFrom('\r\n', '. ', 'Mr. ', '1. ', '...', ' » ', '[1]'),
          fc.string({ unit: 'binary', maxLength: 1 }),
        ),
        maxLength: 60,
      }),
      fc.option(fc.tuple(fc.nat(), fc.nat(255)), { freq: 2 }),
    )
    .map(([text, change]) => {
      const encoded = new TextEncoder().encode(text);
      if (change) encoded[change[0] % Math.max(1, encoded.length)] = change[1];
      return encoded;
    }),
);
const cuts = fc.array(fc.nat(), { maxLength: 8 });

function cut(whole: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (whole.length + 1)), whole.length].sort((a, b) => a - b);
  return ends.map((end, index) => whole.slice(ends[index - 1] ?? 0, end));
}

const withoutWhiteSpace = (text: string): string => text.replace(/\s/g, '');

for (const [name, tokenizer] of Object.entries({
  bytes: byteTokenizer,
  characters: new CharacterTokenizer('ab.?!ß😀'),
}))
  test(`whatever the bytes and wherever they are cut, ${name} come out once, or there is one error of ours`, async (t) => {
    await fc.assert(
      fc.asyncProperty(bytes, cuts, fc.integer({ min: 1, max: 20 }), async (whole, places, maxLength) => {
        const observed = observe();
        const batches = batchesOf(pieces(...cut(whole, places)), { tokenizer, maxLength, observed });
        if (!isUtf8(whole)) {
          const { error } = await collectUntilError(batches);
          t.true(error instanceof BabblebrookError);
          return;
        }
        t.deepEqual(idsIn(await collect(batches)), observed.ids);
        const text = new TextDecoder('utf-8').decode(whole);
        t.is(withoutWhiteSpace(observed.sentences.join('')), withoutWhiteSpace(text));
        t.is(observed.ids[tokenizer.eosId], observed.sentences.length);
        t.is(observed.ids[PAD_ID], 0);
      }),
      { numRuns: sweepOf(500, 100), timeout: 60_000 },
    );
  });

test('whatever the strings, lone surrogates among them, every code unit comes out once', async (t) => {
  const strings = fc.array(
    fc.string({ unit: fc.constantFrom('a', '. ', '\ud83d', '\ude00', '\r', '\0'), maxLength: 9 }),
  );
  await fc.assert(
    fc.asyncProperty(strings, async (all) => {
      const observed = observe();
      const batches = await collect(batchesOf(pieces(...all), { tokenizer: new CharacterTokenizer('a.'), observed }));
      t.deepEqual(idsIn(batches), observed.ids);
      t.is(withoutWhiteSpace(observed.sentences.join('')), withoutWhiteSpace(all.join('')));
    }),
    { numRuns: sweepOf(300, 60), timeout: 60_000 },
  );
});
