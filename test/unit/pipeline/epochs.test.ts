import { setTimeout } from 'node:timers/promises';
import test from 'ava';
import { of, type Subscription, take, tap } from 'rxjs';
import { InvalidArgumentError, SourceError } from '../../../src/errors.js';
import { appendEos } from '../../../src/pipeline/appendEos.js';
import type { Batch } from '../../../src/pipeline/Batch.js';
import { bucketByLength } from '../../../src/pipeline/bucketByLength.js';
import { dropDuplicates } from '../../../src/pipeline/dropDuplicates.js';
import { epochs } from '../../../src/pipeline/epochs.js';
import { limitLength } from '../../../src/pipeline/limitLength.js';
import { maskPadding } from '../../../src/pipeline/maskPadding.js';
import { padBatch } from '../../../src/pipeline/padBatch.js';
import { type Pipeline, pipeline } from '../../../src/pipeline/pipeline.js';
import { shuffle } from '../../../src/pipeline/shuffle.js';
import { splitSentences } from '../../../src/pipeline/splitSentences.js';
import { tokenize } from '../../../src/pipeline/tokenize.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import type { Sequence } from '../../../src/text/Tokenizer.js';
import { collect, collectUntilError } from '../../support/collect.js';
import { settle } from '../../support/eventLoop.js';
import fc from '../../support/fastCheck.js';
import { StuckSource } from '../../support/StuckSource.js';
import { sequence } from '../../support/sequences.js';

/** A pipeline of batches of one sequence, which are these ids. */
function batchesOf(...ids: readonly number[]): Pipeline<Batch> {
  return pipeline(
    ids.map((id) => [sequence(id, 1)]),
    padBatch(),
    maskPadding(),
  );
}

test('batches are numbered by epoch and index, from 0', async (t) => {
  const run = await collect(epochs(2, (epoch) => batchesOf(10 + epoch, 20 + epoch)));
  t.deepEqual(
    run.map(({ epoch, index, ids: [id] }) => ({ epoch, index, id })),
    [
      { epoch: 0, index: 0, id: 10 },
      { epoch: 0, index: 1, id: 20 },
      { epoch: 1, index: 0, id: 11 },
      { epoch: 1, index: 1, id: 21 },
    ],
  );
});

test('a batch keeps all that it had', async (t) => {
  const [batch] = await collect(batchesOf(7));
  const [numbered] = await collect(epochs(1, () => batchesOf(7)));
  t.deepEqual(numbered, batch && { ...batch, epoch: 0, index: 0 });
});

test('afterEach is awaited before the next epoch is made', async (t) => {
  const log: string[] = [];
  const batches = (epoch: number): Pipeline<Batch> => {
    log.push(`make ${epoch}`);
    return batchesOf(epoch);
  };
  const afterEach = async (epoch: number): Promise<void> => {
    await settle();
    log.push(`after ${epoch}`);
  };
  for await (const { epoch } of epochs(2, batches, { afterEach })) log.push(`batch ${epoch}`);
  t.deepEqual(log, ['make 0', 'batch 0', 'after 0', 'make 1', 'batch 1', 'after 1']);
});

test('without a reader, no epoch is made', (t) => {
  epochs(1, () => t.fail());
  t.pass();
});

test('an epoch is read no further than its reader', async (t) => {
  let reads = 0;
  const source = function* () {
    for (;;) {
      reads++;
      yield [sequence(7, 1)];
    }
  };
  for await (const { index } of epochs(1, () => pipeline(source(), padBatch(), maskPadding()))) {
    t.is(reads, index + 1);
    if (index === 5) break;
  }
});

test('Infinity goes on until the reader stops', async (t) => {
  const seen: number[] = [];
  await epochs(Infinity, (epoch) => batchesOf(epoch, epoch))
    .pipe(take(7))
    .forEach(({ epoch }) => {
      seen.push(epoch);
    });
  t.deepEqual(seen, [0, 0, 1, 1, 2, 2, 3]);
});

test('read twice, the epochs are made twice', async (t) => {
  const run = epochs(2, (epoch) => batchesOf(epoch));
  t.deepEqual(await collect(run), await collect(run));
});

test('break closes the pipeline of the epoch, and afterEach is not called', async (t) => {
  let closed = false;
  const source = function* () {
    try {
      for (;;) yield [sequence(7, 1)];
    } finally {
      closed = true;
    }
  };
  const afterEach = (): void => t.fail();
  for await (const _ of epochs(1, () => pipeline(source(), padBatch(), maskPadding()), { afterEach })) break;
  t.true(closed);
});

test('resumed at any batch, the run is the rest of the one that was not interrupted', async (t) => {
  const tokenizer = new CharacterTokenizer('ab. ');
  const run = fc.record({
    text: fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '. ', ' '), maxLength: 20 }), { maxLength: 20 }),
    unique: fc.boolean(),
    maxLength: fc.integer({ min: 2, max: 12 }),
    onLong: fc.constantFrom('split', 'truncate', 'drop'),
    bufferSize: fc.integer({ min: 1, max: 50 }),
    maxTokens: fc.integer({ min: 12, max: 40 }),
    poolBatches: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(1000),
    count: fc.integer({ min: 1, max: 3 }),
    place: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(
      run,
      async ({ text, unique, bufferSize, maxTokens, poolBatches, seed, count, place, ...limit }) => {
        const batches = (epoch: number): Pipeline<Batch> =>
          pipeline(
            // Whatever is dropped, one sentence stays.
            [...text, '\n\na'],
            splitSentences(),
            unique ? dropDuplicates() : tap(),
            tokenize(tokenizer),
            appendEos(tokenizer),
            limitLength(limit),
            shuffle({ bufferSize, seed: seed + epoch }),
            bucketByLength({ maxTokens, poolBatches }),
            padBatch(),
            maskPadding(),
          );
        const whole = await collect(epochs(count, batches));
        const start = place % whole.length;
        const { epoch = NaN, index = NaN } = whole[start] ?? {};
        t.deepEqual(await collect(epochs(count, batches, { resumeAt: { epoch, index } })), whole.slice(start));
      },
    ),
    { numRuns: 100 },
  );
});

/** An epoch of many batches, and how many of them were made. */
class LongEpoch {
  made = 0;

  readonly batches = (): Pipeline<Batch> => {
    const source = function* (this: LongEpoch): Generator<Sequence[]> {
      for (; this.made < 100_000; this.made++) yield [sequence(7, 1)];
    };
    return pipeline(source.call(this), padBatch(), maskPadding());
  };
}

test.serial('batches are replayed without a pause between them', async (t) => {
  const epoch = new LongEpoch();
  let turns = 0;
  const count = (): void => {
    turns++;
    turning = setImmediate(count);
  };
  let turning = setImmediate(count);
  for await (const { index } of epochs(1, epoch.batches, { resumeAt: { epoch: 0, index: 10_000 } })) {
    t.is(index, 10_000);
    break;
  }
  clearImmediate(turning);
  t.true(turns < 1000, `${turns} turns of the event loop for 10,000 batches`);
});

test('unsubscribed while it replays, it stops to replay, and timers run meanwhile', async (t) => {
  const epoch = new LongEpoch();
  const run = epochs(1, epoch.batches, { resumeAt: { epoch: 0, index: 100_000 }, afterEach: () => t.fail() });
  const subscription = run.subscribe(() => t.fail());
  while (epoch.made === 0) await setTimeout(1);
  subscription.unsubscribe();
  await setTimeout(20);
  const { made } = epoch;
  await setTimeout(20);
  t.true(made < 100_000, `${made}`);
  t.is(epoch.made, made);
});

test('unsubscribed while an epoch is read, neither afterEach nor the next epoch follows', async (t) => {
  const source = new StuckSource([sequence(7, 1)]);
  const epochsMade: number[] = [];
  const batches = (epoch: number): Pipeline<Batch> => {
    epochsMade.push(epoch);
    return pipeline(source, padBatch(), maskPadding());
  };
  const subscription = epochs(2, batches, { afterEach: () => t.fail() }).subscribe();
  await settle();
  subscription.unsubscribe();
  source.release();
  await settle();
  t.true(source.closed);
  t.deepEqual(epochsMade, [0]);
});

test('unsubscribed in afterEach, the next epoch is not made', async (t) => {
  const epochsMade: number[] = [];
  const batches = (epoch: number): Pipeline<Batch> => {
    epochsMade.push(epoch);
    return batchesOf(7);
  };
  const subscription: Subscription = epochs(2, batches, { afterEach: () => subscription.unsubscribe() }).subscribe();
  await settle();
  t.deepEqual(epochsMade, [0]);
});

test('an error in closing the pipeline of an epoch is the error of leaving it', async (t) => {
  const source = function* () {
    try {
      for (;;) yield [sequence(7, 1)];
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: It is what is tested.
      throw new Error('of closing');
    }
  };
  const leave = async (): Promise<void> => {
    for await (const _ of epochs(1, () => pipeline(source(), padBatch(), maskPadding()))) break;
  };
  await t.throwsAsync(leave, { message: 'of closing' });
});

test('resumed at the end of an epoch, it goes on with afterEach and the next epoch', async (t) => {
  const ended: number[] = [];
  const run = epochs(3, (epoch) => batchesOf(epoch, epoch), {
    resumeAt: { epoch: 1, index: 2 },
    afterEach: (epoch) => void ended.push(epoch),
  });
  t.deepEqual(
    (await collect(run)).map(({ epoch, index }) => [epoch, index]),
    [
      [2, 0],
      [2, 1],
    ],
  );
  t.deepEqual(ended, [1, 2]);
});

test('resumed after the last epoch, nothing is left', async (t) => {
  t.deepEqual(await collect(epochs(2, () => batchesOf(7), { resumeAt: { epoch: 2, index: 0 } })), []);
});

test('resumed behind the batches of an epoch, it is a SourceError: the text is another one', async (t) => {
  await t.throwsAsync(collect(epochs(3, () => batchesOf(7, 8), { resumeAt: { epoch: 1, index: 3 } })), {
    instanceOf: SourceError,
    message: 'Expected the 3 batches that came before in epoch 1, got 2',
  });
});

test('an epoch without batches is a SourceError, not an endless loop', async (t) => {
  await t.throwsAsync(collect(epochs(Infinity, () => batchesOf())), {
    instanceOf: SourceError,
    message: 'Expected at least one batch in epoch 0, got 0',
  });
});

test('one generator for all epochs is a SourceError in the second', async (t) => {
  const generator = batchesOf(7)[Symbol.asyncIterator]();
  const { items, error } = await collectUntilError(epochs(2, () => generator));
  t.is(items.length, 1);
  t.true(error instanceof SourceError);
});

test('an observable in place of a pipeline is a SourceError', async (t) => {
  // @ts-expect-error An observable cannot be slowed down.
  await t.throwsAsync(collect(epochs(1, () => of(1))), { instanceOf: SourceError });
});

for (const [place, options] of Object.entries({
  batches: {
    batches: () => {
      throw new Error('of batches');
    },
    afterEach: () => {},
  },
  afterEach: {
    batches: () => batchesOf(7),
    afterEach: () => Promise.reject(new Error('of afterEach')),
  },
}))
  test(`an error of ${place} is the error of the run`, async (t) => {
    await t.throwsAsync(collect(epochs(2, options.batches, { afterEach: options.afterEach })), {
      message: `of ${place}`,
    });
  });

for (const count of [0, -1, 1.5, NaN, -Infinity])
  test(`a count of ${count} is an InvalidArgumentError`, (t) => {
    t.throws(() => epochs(count, () => batchesOf(7)), {
      instanceOf: InvalidArgumentError,
      message: `Expected count to be an integer of at least 1, got ${count} (number)`,
    });
  });

for (const resumeAt of [
  { epoch: -1, index: 0 },
  { epoch: 0, index: 0.5 },
])
  test(`to resume at ${JSON.stringify(resumeAt)} is an InvalidArgumentError`, (t) => {
    t.throws(() => epochs(1, () => batchesOf(7), { resumeAt }), {
      instanceOf: InvalidArgumentError,
      message: /^Expected resumeAt\.(epoch|index) to be an integer of at least 0, got /,
    });
  });
