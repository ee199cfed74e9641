import { Readable } from 'node:stream';
import test from 'ava';
import { InvalidArgumentError, SourceError } from '../../../src/errors.js';
import { type HoldOutEndsOptions, holdOutEnds } from '../../../src/pipeline/holdOutEnds.js';
import { pieceOf, type TextChunk } from '../../../src/text/TextChunk.js';
import { collect } from '../../support/collect.js';
import fc from '../../support/fastCheck.js';

/** The documents of a stream of chunks, those that are empty left out; the last one may have no end. */
function documentsOf(chunks: readonly TextChunk[]): string[] {
  const documents = [''];
  for (const chunk of chunks) {
    const { text = '', end = false } = pieceOf(chunk) ?? {};
    documents.push(`${documents.pop()}${text}`);
    if (end) documents.push('');
  }
  return documents.filter((text) => text !== '');
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '𝄞'), maxLength: 60 });
const documents = fc.array(text, { maxLength: 5 });
const fraction = fc.constantFrom(0, 0.05, 0.3, 0.5, 1);

/** Documents in chunks of so many UTF-16 code units. */
function chunksOf(texts: readonly string[], length: number): TextChunk[] {
  return texts.flatMap((whole) => [
    ...Array.from({ length: Math.ceil(whole.length / length) }, (_, at) => whole.slice(at * length, (at + 1) * length)),
    { text: '', end: true },
  ]);
}

const sideOf = async (source: readonly TextChunk[], options: HoldOutEndsOptions) =>
  collect(holdOutEnds(source, options));

test('the documented example is true', async (t) => {
  const source = [
    { text: 'ab', end: false },
    { text: 'cdefghij', end: true },
  ];
  t.deepEqual(await sideOf(source, { fraction: 0.2, keep: 'train' }), [
    { text: 'ab', end: false },
    { text: 'cdefgh', end: true },
  ]);
  t.deepEqual(await sideOf(source, { fraction: 0.2, keep: 'valid' }), [{ text: 'ij', end: true }]);
});

test('by default, it holds out the last 5 % of each document', async (t) => {
  const source = chunksOf(['x'.repeat(1000), 'y'.repeat(100)], 64);
  t.deepEqual(documentsOf(await sideOf(source, { keep: 'valid' })), ['x'.repeat(50), 'y'.repeat(5)]);
});

test('each document is its two sides, one behind the other, cut between two characters', async (t) => {
  await fc.assert(
    fc.asyncProperty(text, fraction, fc.integer({ min: 1, max: 9 }), async (whole, share, length) => {
      const source = chunksOf([whole], length);
      const train = documentsOf(await sideOf(source, { fraction: share, keep: 'train' })).join('');
      const valid = documentsOf(await sideOf(source, { fraction: share, keep: 'valid' })).join('');
      t.is(train + valid, whole);
      t.true(train.isWellFormed() && valid.isWellFormed());
      t.true(Math.abs(valid.length - share * whole.length) < 2);
    }),
  );
});

test('how a text is cut into chunks makes no difference, and a second reading gives the same', async (t) => {
  await fc.assert(
    fc.asyncProperty(documents, fraction, fc.integer({ min: 1, max: 9 }), async (texts, share, length) => {
      for (const keep of ['train', 'valid'] as const) {
        const side = holdOutEnds(chunksOf(texts, length), { fraction: share, keep });
        const first = await collect(side);
        t.deepEqual(await collect(side), first);
        t.deepEqual(documentsOf(first), documentsOf(await sideOf(chunksOf(texts, 1000), { fraction: share, keep })));
      }
    }),
  );
});

test('it reads one document ahead, and once it knows where each is cut, no more', async (t) => {
  let read = 0;
  const source = {
    *[Symbol.iterator](): Generator<TextChunk> {
      for (const chunk of chunksOf(['a'.repeat(20), 'b'.repeat(20), 'c'.repeat(20)], 5)) {
        read++;
        yield chunk;
      }
    },
  };
  const side = holdOutEnds(source, { keep: 'train' });
  for await (const _ of side) break;
  // The first document and its end, and of the reading behind, the first chunk.
  t.is(read, 5 + 1);
  await collect(side);
  read = 0;
  await collect(side);
  t.is(read, 15);
});

test('a source that can be read once is a SourceError, not a text with gaps', async (t) => {
  const chunks = chunksOf(['a'.repeat(20), 'b'.repeat(20), 'c'.repeat(20)], 5);
  const once = {
    asynchronous: (async function* () {
      yield* chunks;
    })(),
    synchronous: chunks.values(),
    stream: Readable.from(chunks),
  };
  for (const [kind, source] of Object.entries(once))
    await t.throwsAsync(
      collect(holdOutEnds(source as AsyncIterable<TextChunk>, { keep: 'train' })),
      { instanceOf: SourceError, message: /^Expected a source that can be read again/ },
      kind,
    );
});

test('of documents too short for a part of 5 %, nothing is held out', async (t) => {
  const source = chunksOf(['Yes.', 'x', 'y'.repeat(20)], 64);
  t.deepEqual(documentsOf(await sideOf(source, { keep: 'train' })), ['Yes.', 'x', 'y'.repeat(19)]);
  t.deepEqual(documentsOf(await sideOf(source, { keep: 'valid' })), ['y']);
});

test('what cannot be used is refused', (t) => {
  t.throws(() => holdOutEnds('text' as unknown as string[], { keep: 'train' }), { instanceOf: InvalidArgumentError });
  t.throws(() => holdOutEnds([], { keep: 'train', fraction: 2 }), { instanceOf: InvalidArgumentError });
  t.throws(() => holdOutEnds([], { keep: 'test' as 'train' }), { instanceOf: InvalidArgumentError });
});
