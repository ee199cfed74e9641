import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import { type LengthLimitOptions, limitLength } from '../../../src/pipeline/limitLength.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { collect } from '../../support/collect.js';
import fc from '../../support/fastCheck.js';
import { operatorFacts } from '../../support/operatorFacts.js';
import { plain, sequence } from '../../support/sequences.js';

const EOS = 1;

operatorFacts({
  operator: () => limitLength({ maxLength: 2, onLong: 'truncate' }),
  item: sequence(7, 8, EOS),
  result: sequence(7, 8),
});

async function limited(sequences: readonly number[][], options: LengthLimitOptions): Promise<number[][]> {
  return plain(
    await collect(
      pipeline(
        sequences.map((ids) => sequence(...ids)),
        limitLength(options),
      ),
    ),
  );
}

/** Sentences of different ids, EOS at their end. */
const sentences = fc
  .array(fc.nat(12), { maxLength: 10 })
  .map((lengths) => lengths.map((length, row) => [...Array.from({ length }, (_, time) => 100 * row + time + 2), EOS]));
const maxLength = fc.integer({ min: 1, max: 8 });

test('without onLong, long sequences are split into runs of maxLength', async (t) => {
  t.deepEqual(await limited([[5, 6, 7, 8, EOS]], { maxLength: 2 }), [[5, 6], [7, 8], [EOS]]);
});

for (const onLong of ['split', 'truncate', 'drop'] as const) {
  test(`${onLong}: no sequence is longer than maxLength`, async (t) => {
    await fc.assert(
      fc.asyncProperty(sentences, maxLength, async (all, length) =>
        (await limited(all, { maxLength: length, onLong })).every((ids) => ids.length <= length && ids.length > 0),
      ),
    );
    t.pass();
  });

  test(`${onLong}: a sequence of exactly maxLength stays as it is, and is not counted`, async (t) => {
    const stats = { split: 0, truncated: 0, dropped: 0 };
    t.deepEqual(await limited([[5, 6, EOS]], { maxLength: 3, onLong, stats }), [[5, 6, EOS]]);
    t.deepEqual(stats, { split: 0, truncated: 0, dropped: 0 });
  });
}

test('split: every token comes out once, in order', async (t) => {
  await fc.assert(
    fc.asyncProperty(sentences, maxLength, async (all, length) => {
      t.deepEqual((await limited(all, { maxLength: length, onLong: 'split' })).flat(), all.flat());
    }),
  );
});

test('split: only the last piece of a sentence ends in EOS', async (t) => {
  await fc.assert(
    fc.asyncProperty(sentences, maxLength, async (all, length) => {
      const pieces = await limited(all, { maxLength: length, onLong: 'split' });
      return (
        pieces.filter((ids) => ids.at(-1) === EOS).length === all.length &&
        pieces.every((ids) => !ids.slice(0, -1).includes(EOS))
      );
    }),
  );
  t.pass();
});

test('truncate: the beginning of a long sequence stays, without EOS', async (t) => {
  t.deepEqual(
    await limited(
      [
        [5, 6, 7, EOS],
        [8, EOS],
      ],
      { maxLength: 3, onLong: 'truncate' },
    ),
    [
      [5, 6, 7],
      [8, EOS],
    ],
  );
});

test('drop: long sequences are left out', async (t) => {
  t.deepEqual(
    await limited(
      [
        [5, 6, 7, EOS],
        [8, EOS],
      ],
      { maxLength: 3, onLong: 'drop' },
    ),
    [[8, EOS]],
  );
});

test('stats count sequences, and go on from the numbers they have', async (t) => {
  const stats = { split: 10, truncated: 20, dropped: 30 };
  const long = [
    [5, 6, 7, 8, EOS],
    [5, 6, EOS],
    [5, EOS],
  ];
  await limited(long, { maxLength: 2, stats });
  t.deepEqual(stats, { split: 12, truncated: 20, dropped: 30 });
  await limited(long, { maxLength: 2, onLong: 'truncate', stats });
  t.deepEqual(stats, { split: 12, truncated: 22, dropped: 30 });
  await limited(long, { maxLength: 2, onLong: 'drop', stats });
  t.deepEqual(stats, { split: 12, truncated: 22, dropped: 32 });
});

for (const length of [0, -1, 1.5, NaN, Infinity])
  test(`a maxLength of ${length} is an InvalidArgumentError`, (t) => {
    t.throws(() => limitLength({ maxLength: length }), {
      instanceOf: InvalidArgumentError,
      message: `Expected maxLength to be an integer of at least 1, got ${length} (number)`,
    });
  });

test('an onLong that is none is an InvalidArgumentError', (t) => {
  t.throws(() => limitLength({ maxLength: 2, onLong: 'cut' as 'split' }), {
    instanceOf: InvalidArgumentError,
    message: 'Expected onLong to be one of split, truncate, drop, got "cut" (string)',
  });
});
