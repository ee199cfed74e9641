import test from 'ava';
import { concatMap, type OperatorFunction, toArray } from 'rxjs';
import { appendEos } from '../../../src/pipeline/appendEos.js';
import { bucketByLength } from '../../../src/pipeline/bucketByLength.js';
import { limitLength } from '../../../src/pipeline/limitLength.js';
import { maskPadding } from '../../../src/pipeline/maskPadding.js';
import { padBatch } from '../../../src/pipeline/padBatch.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { readText } from '../../../src/pipeline/readText.js';
import { sequencesOf } from '../../../src/pipeline/sequencesOf.js';
import { shuffle } from '../../../src/pipeline/shuffle.js';
import { tokenize } from '../../../src/pipeline/tokenize.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { collect } from '../../support/collect.js';
import fc from '../../support/fastCheck.js';

const lines = fc.array(
  fc.string({ unit: fc.constantFrom('a', 'b', 'ß', '€', '😀', ' '), minLength: 1, maxLength: 12 }),
  {
    maxLength: 30,
  },
);

/** The lines of a text that fits into memory. */
const inLines: OperatorFunction<string, string> = (chunks) =>
  chunks.pipe(
    toArray(),
    concatMap((all) => all.join('').split('\n')),
  );

/** UTF-8 in pieces, which end at these places. */
async function* cut(text: string, places: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let start = 0;
  for (const end of [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** What must come out in whatever order. */
function sorted(sentences: Iterable<string>): string[] {
  return [...sentences].sort();
}

test('whatever the text and wherever it is cut, every token is in the batches once', async (t) => {
  await fc.assert(
    fc.asyncProperty(lines, fc.array(fc.nat(), { maxLength: 9 }), fc.integer(), async (written, places, seed) => {
      const tokenizer = new CharacterTokenizer('abß€😀 ');
      const batches = pipeline(
        readText(cut(written.join('\r\n'), places)),
        inLines,
        tokenize(tokenizer),
        appendEos(tokenizer),
        shuffle({ bufferSize: 8, seed }),
        bucketByLength({ maxTokens: 26, poolBatches: 2 }),
        padBatch(),
        maskPadding(),
      );
      const decoded: string[] = [];
      for await (const batch of batches)
        for (const ids of sequencesOf(batch)) {
          if (ids.at(-1) !== tokenizer.eosId) return false;
          decoded.push(tokenizer.decode(ids));
        }
      const expected = written.length === 0 ? [''] : written;
      t.deepEqual(sorted(decoded), sorted(expected));
      return true;
    }),
  );
});

test('with limitLength, batches hold the same tokens, EOS once a sentence', async (t) => {
  await fc.assert(
    fc.asyncProperty(lines, fc.integer({ min: 1, max: 9 }), async (written, maxLength) => {
      const tokenizer = new CharacterTokenizer(written.join(''));
      const batches = await collect(
        pipeline(
          written,
          tokenize(tokenizer),
          appendEos(tokenizer),
          limitLength({ maxLength }),
          bucketByLength({ maxTokens: 9 }),
          padBatch(),
          maskPadding(),
        ),
      );
      const ids = batches.flatMap((batch) => [...batch.ids].filter((_, at) => batch.mask[at] === 1));
      const expected = written.flatMap((sentence) => [...tokenizer.encode(sentence), tokenizer.eosId]);
      t.deepEqual(
        ids.sort((a, b) => a - b),
        expected.sort((a, b) => a - b),
      );
    }),
  );
});
