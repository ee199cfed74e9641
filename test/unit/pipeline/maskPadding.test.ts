import test from 'ava';
import { maskPadding } from '../../../src/pipeline/maskPadding.js';
import { padBatch } from '../../../src/pipeline/padBatch.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { collect } from '../../support/collect.js';
import fc from '../../support/fastCheck.js';
import { operatorFacts } from '../../support/operatorFacts.js';
import { sequence } from '../../support/sequences.js';

const PADDED = {
  ids: Int32Array.of(7, 9, 8, 1, 1, 0),
  lengths: Int32Array.of(3, 2),
  size: 2,
  length: 3,
  tokens: 5,
};
const MASK = Float32Array.of(1, 1, 1, 1, 1, 0);

operatorFacts({ operator: maskPadding, item: PADDED, result: { ...PADDED, mask: MASK } });

test('the mask is 1 where there is a token, EOS too, and 0 on padding', async (t) => {
  const [batch] = await collect(pipeline([PADDED], maskPadding()));
  t.deepEqual(batch?.mask, MASK);
});

test('everything else stays as it was', async (t) => {
  const [batch] = await collect(pipeline([PADDED], maskPadding()));
  t.like(batch, PADDED);
});

test('the mask follows the lengths, not the ids: a token may have id 0', async (t) => {
  const [batch] = await collect(pipeline([[sequence(0, 1), sequence(1)]], padBatch(), maskPadding()));
  t.deepEqual([...(batch?.mask ?? [])], [1, 1, 1, 0]);
});

test('the mask sums to the number of tokens, in each column to its length', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }), async (lengths) => {
      const group = lengths.map((length) => sequence(...new Array<number>(length).fill(7)));
      const [batch] = await collect(pipeline([group], padBatch(), maskPadding()));
      const columns = lengths.map((_, column) =>
        (batch?.mask ?? new Float32Array(0)).reduce(
          (sum, unmasked, at) => sum + (at % lengths.length === column ? unmasked : 0),
          0,
        ),
      );
      t.deepEqual(columns, lengths);
    }),
  );
});
