import test from 'ava';
import type { Batch } from '../../../../src/pipeline/Batch.js';
import { cutBatch } from '../../../../src/training/parallel/cutBatch.js';
import type { ReferenceConfig } from '../../../reference/languageModel.js';
import { referenceBatch } from '../../../reference/weights.js';
import fc from '../../../support/fastCheck.js';

const config: ReferenceConfig = {
  cell: 'lstm',
  vocabularySize: 50,
  embeddingSize: 3,
  hiddenSize: 4,
  layers: 1,
  eosId: 1,
};

/** The ids and mask of one sequence, up to the last time step that is not masked. */
function sequenceOf({ ids, mask, size, length }: Batch, sequence: number): [ids: number[], mask: number[]] {
  const places = Array.from({ length }, (_, time) => time * size + sequence);
  const end = places.findLastIndex((place) => mask[place] !== 0) + 1;
  const taken = places.slice(0, end);
  return [taken.map((place) => ids[place] ?? NaN), taken.map((place) => mask[place] ?? NaN)];
}

/** A batch of any shape, some of its mask values 0 or a half where there are tokens. */
const batches = fc
  .record({
    lengths: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 }),
    weights: fc.infiniteStream(fc.constantFrom(0, 0.5, 1, 1, 1)),
  })
  .map(({ lengths, weights }): Batch => {
    const batch = referenceBatch(config, lengths);
    return { ...batch, mask: batch.mask.map((weight) => weight * (weights.next().value ?? 1)) };
  });

test('lengths 9 8 7 6 5 in two parts are 9 6 5 and 8 7', (t) => {
  const parts = cutBatch(referenceBatch(config, [7, 9, 5, 8, 6]), 2);
  t.deepEqual(
    parts.map(({ batch: { lengths, length, size, tokens } }) => ({ lengths: [...lengths], length, size, tokens })),
    [
      { lengths: [9, 6, 5], length: 9, size: 3, tokens: 20 },
      { lengths: [8, 7], length: 8, size: 2, tokens: 15 },
    ],
  );
});

test('a sequence with unmasked tokens is in one part, whole; one without is in none', (t) => {
  fc.assert(
    fc.property(batches, fc.integer({ min: 1, max: 5 }), (batch, count) => {
      const found = cutBatch(batch, count).flatMap(({ batch: part, sequences }) =>
        Array.from(sequences, (sequence, place) => [sequence, sequenceOf(part, place)] as const),
      );
      const expected = Array.from(batch.lengths, (_, sequence) => [sequence, sequenceOf(batch, sequence)] as const);
      t.deepEqual(
        found.toSorted(([a], [b]) => a - b),
        expected.filter(([, [ids]]) => ids.length > 0),
      );
    }),
  );
});

test('there are at most as many parts as asked for, none is empty, and their sizes differ by one at most', (t) => {
  fc.assert(
    fc.property(batches, fc.integer({ min: 1, max: 5 }), (batch, count) => {
      const sizes = cutBatch(batch, count).map(({ batch: part }) => part.size);
      t.true(sizes.length <= count);
      t.true(sizes.every((size) => size > 0));
      t.true(Math.max(...sizes, 0) - Math.min(...sizes, Infinity) <= 1);
    }),
  );
});

test('a part has no time step that is masked in all its sequences at its end', (t) => {
  fc.assert(
    fc.property(batches, fc.integer({ min: 1, max: 5 }), (batch, count) => {
      for (const { batch: part } of cutBatch(batch, count)) {
        t.is(part.ids.length, part.length * part.size);
        t.true(part.mask.subarray(-part.size).some((weight) => weight !== 0));
      }
    }),
  );
});

test('of text that goes on, a part has what its rows read before, and every row that reads something, masked or not', (t) => {
  const batch: Batch = {
    ...{ ids: Int32Array.of(3, 4, 5, 6, 7, 0), mask: Float32Array.of(0, 1, 1, 0, 1, 0), size: 3, length: 2, tokens: 5 },
    ...{ lengths: Int32Array.of(2, 2, 1), before: Int32Array.of(8, 9, 1), begins: Uint8Array.of(0, 0, 1) },
  };
  const parts = cutBatch(batch, 2);
  t.deepEqual(
    parts.map(({ sequences }) => [...sequences]),
    [[0], [1, 2]],
  );
  t.deepEqual(
    parts.map(({ batch: { ids, before = [], begins = [] } }) => [[...ids], [...before], [...begins]]),
    [
      [[3, 6], [8], [0]],
      [
        [4, 5, 7, 0],
        [9, 1],
        [0, 1],
      ],
    ],
  );
});
