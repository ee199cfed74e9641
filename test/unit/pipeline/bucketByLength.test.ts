import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import type { SequenceGroup } from '../../../src/pipeline/Batch.js';
import { type BucketOptions, bucketByLength } from '../../../src/pipeline/bucketByLength.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { shuffle } from '../../../src/pipeline/shuffle.js';
import { random } from '../../../src/random.js';
import { collect, collectUntilError } from '../../support/collect.js';
import fc from '../../support/fastCheck.js';
import { operatorFacts } from '../../support/operatorFacts.js';
import { plain, sequence, sequenceOfLength } from '../../support/sequences.js';

operatorFacts({
  operator: () => bucketByLength({ maxTokens: 4, poolBatches: 2 }),
  item: sequence(7, 1),
  result: [sequence(7, 1)],
  holds: true,
});

function grouped(lengths: readonly number[], options: BucketOptions): Promise<SequenceGroup[]> {
  const sequences = lengths.map((length, number) => sequenceOfLength(length, number));
  return collect(pipeline(sequences, bucketByLength(options)));
}

function longestOf(group: SequenceGroup): number {
  return Math.max(...group.map(({ length }) => length));
}

const MAX_TOKENS = 30;
const lengths = fc.array(fc.integer({ min: 1, max: MAX_TOKENS }), { maxLength: 100 });
const poolBatches = fc.integer({ min: 1, max: 4 });

test('the documented example is true', async (t) => {
  const sequences = [sequence(5, 1), sequence(7, 8, 9, 1), sequence(6, 1)];
  const groups = await collect(pipeline(sequences, bucketByLength({ maxTokens: 4 })));
  t.deepEqual(groups.map(plain), [
    [[7, 8, 9, 1]],
    [
      [5, 1],
      [6, 1],
    ],
  ]);
});

test('every sequence comes out once', async (t) => {
  await fc.assert(
    fc.asyncProperty(lengths, poolBatches, async (all, batches) => {
      const groups = await grouped(all, { maxTokens: MAX_TOKENS, poolBatches: batches });
      const numbers = groups.flat().map(([number = NaN]) => number);
      t.deepEqual(
        numbers.sort((a, b) => a - b),
        [...all.keys()],
      );
    }),
  );
});

test('a group never holds more than maxTokens, padding counted, and never nothing', async (t) => {
  await fc.assert(
    fc.asyncProperty(lengths, poolBatches, async (all, batches) => {
      const groups = await grouped(all, { maxTokens: MAX_TOKENS, poolBatches: batches });
      return groups.every((group) => group.length > 0 && group.length * longestOf(group) <= MAX_TOKENS);
    }),
  );
  t.pass();
});

test('the same sequences give the same groups', async (t) => {
  await fc.assert(
    fc.asyncProperty(lengths, poolBatches, async (all, batches) => {
      const options = { maxTokens: MAX_TOKENS, poolBatches: batches };
      t.deepEqual(await grouped(all, options), await grouped(all, options));
    }),
    { numRuns: 20 },
  );
});

test('the pool holds no more than poolBatches batches of tokens', async (t) => {
  let waiting = 0;
  const counted = {
    *[Symbol.iterator]() {
      for (let number = 0; number < 500; number++) {
        const length = 1 + random(1, 'length').integer(number, MAX_TOKENS);
        waiting += length;
        yield sequenceOfLength(length);
      }
    },
  };
  for await (const group of pipeline(counted, bucketByLength({ maxTokens: MAX_TOKENS, poolBatches: 3 }))) {
    t.true(waiting <= (3 + 1) * MAX_TOKENS);
    waiting -= group.reduce((sum, { length }) => sum + length, 0);
  }
  t.is(waiting, 0);
});

/** Lengths as those of sentences: log-normal, with a mean of 88 characters. */
function sentenceLengths(count: number): number[] {
  const { normal } = random(1, 'sentence lengths');
  const length = (number: number): number => Math.round(Math.exp(4.3 + 0.6 * normal(number)));
  return Array.from({ length: count }, (_, number) => Math.min(600, Math.max(2, length(number))));
}

function corpusGroups(options: BucketOptions): Promise<SequenceGroup[]> {
  const sequences = sentenceLengths(15_000).map((length) => sequenceOfLength(length));
  return collect(pipeline(sequences, shuffle({ bufferSize: 4096, seed: 1 }), bucketByLength(options)));
}

test('of 15,000 shuffled sentences, at most 2.5 % of the batches is padding', async (t) => {
  const groups = await corpusGroups({ maxTokens: 6400 });
  const tokens = groups.flat().reduce((sum, { length }) => sum + length, 0);
  const room = groups.reduce((sum, group) => sum + group.length * longestOf(group), 0);
  t.true(1 - tokens / room < 0.025, `${1 - tokens / room}`);
});

test('of 15,000 shuffled sentences, the order of batches hardly follows their length', async (t) => {
  const groups = await corpusGroups({ maxTokens: 6400 });
  t.true(Math.abs(correlationWithPlace(groups.map(longestOf))) < 0.2);
});

test('batches are full: all but a few hold more than half of maxTokens', async (t) => {
  for (const options of [{ maxTokens: 1600 }, { maxTokens: 6400 }, { maxTokens: 6400, poolBatches: 8 }]) {
    const groups = await corpusGroups(options);
    const small = groups.filter((group) => group.reduce((sum, { length }) => sum + length, 0) < options.maxTokens / 2);
    t.true(small.length <= groups.length / 100 + 1, `${small.length} of ${groups.length}`);
  }
});

/** The correlation of numbers with their places. */
function correlationWithPlace(numbers: readonly number[]): number {
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const middle = (numbers.length - 1) / 2;
  let [covariance, variance, placeVariance] = [0, 0, 0];
  numbers.forEach((number, place) => {
    covariance += (number - mean) * (place - middle);
    variance += (number - mean) ** 2;
    placeVariance += (place - middle) ** 2;
  });
  return covariance / Math.sqrt(variance * placeVariance);
}

test('a sequence longer than maxTokens is an InvalidArgumentError that tells what to do', async (t) => {
  const sequences = [sequence(7, 1), sequence(5, 6, 7, 8, 1)];
  const { items, error } = await collectUntilError(pipeline(sequences, bucketByLength({ maxTokens: 4 })));
  t.deepEqual(items, []);
  t.true(error instanceof InvalidArgumentError);
  t.is(
    String(error),
    'InvalidArgumentError: Expected sequences of at most maxTokens = 4 tokens, got one of 5. Put limitLength({ maxLength: 4 }) before bucketByLength.',
  );
});

test('a sequence without tokens is an InvalidArgumentError that tells what to do', async (t) => {
  await t.throwsAsync(grouped([2, 0], { maxTokens: 4 }), {
    instanceOf: InvalidArgumentError,
    message: 'Expected sequences of tokens, got an empty one. Put appendEos before bucketByLength.',
  });
});

for (const value of [0, -1, 1.5, NaN, Infinity])
  test(`a maxTokens or poolBatches of ${value} is an InvalidArgumentError`, (t) => {
    t.throws(() => bucketByLength({ maxTokens: value }), {
      instanceOf: InvalidArgumentError,
      message: `Expected maxTokens to be an integer of at least 1, got ${value} (number)`,
    });
    t.throws(() => bucketByLength({ maxTokens: 4, poolBatches: value }), {
      instanceOf: InvalidArgumentError,
      message: `Expected poolBatches to be an integer of at least 1, got ${value} (number)`,
    });
  });

test('with onLong alone, a sequence of more than maxTokens is a batch of its own, and the others are grouped as ever', async (t) => {
  const long = sequence(...Array.from({ length: 9 }, () => 3), 1);
  const groups = await collect(
    pipeline([sequence(3, 1), long, sequence(4, 1)], bucketByLength({ maxTokens: 4, onLong: 'alone' })),
  );
  t.deepEqual(groups, [[long], [sequence(3, 1), sequence(4, 1)]]);
});

test('what is held is what came, not what maxTokens or poolBatches would allow', async (t) => {
  const groups = await collect(
    pipeline([sequence(3, 1)], bucketByLength({ maxTokens: 2 ** 53 - 1, poolBatches: 2 ** 53 - 1 })),
  );
  t.deepEqual(groups, [[sequence(3, 1)]]);
});
