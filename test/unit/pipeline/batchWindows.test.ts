import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import type { ContinuousBatch } from '../../../src/pipeline/Batch.js';
import { batchWindows, type WindowOptions } from '../../../src/pipeline/batchWindows.js';
import { pipeline } from '../../../src/pipeline/pipeline.js';
import { RowRuns } from '../../../src/pipeline/RowRuns.js';
import { collect } from '../../support/collect.js';
import fc from '../../support/fastCheck.js';
import { operatorFacts } from '../../support/operatorFacts.js';
import { textIds } from '../../support/sequences.js';

const EOS = 1;
const tokenizer = { eosId: EOS };

operatorFacts({
  operator: () => batchWindows(tokenizer, { size: 2, length: 2 }),
  item: textIds(5, 6),
  result: {
    ...{ ids: Int32Array.of(5, 6), mask: Float32Array.of(1, 1), lengths: Int32Array.of(1, 1) },
    ...{ size: 2, length: 1, tokens: 2, before: Int32Array.of(EOS, EOS), begins: Uint8Array.of(1, 1) },
  },
  holds: true,
});

/** The ids 10, 11, …, each of which tells where it stands in the text. */
const textOf = (tokens: number): number[] => Array.from({ length: tokens }, (_, at) => 10 + at);

/** A text cut into chunks of these lengths, over and over. */
function* chunks(ids: readonly number[], lengths: readonly number[]): Generator<ReturnType<typeof textIds>> {
  for (let from = 0, turn = 0; from < ids.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    yield textIds(...ids.slice(from, from + length));
    from += length;
  }
}

async function batchesOf(tokens: number, options: WindowOptions, lengths = [1000]): Promise<ContinuousBatch[]> {
  return collect(pipeline([...chunks(textOf(tokens), lengths)], batchWindows(tokenizer, options)));
}

/** What each row reads, from one beginning to the next. */
function runsOf(batches: readonly ContinuousBatch[]): { ids: number[]; counted: number[] }[] {
  const runs: { ids: number[]; counted: number[] }[] = [];
  const current: { ids: number[]; counted: number[] }[] = [];
  for (const { ids, mask, lengths, size, begins } of batches)
    for (let row = 0; row < size; row++) {
      if (begins[row] === 1) {
        current[row] = { ids: [], counted: [] };
        runs.push(current[row] as (typeof runs)[0]);
      }
      for (let time = 0; time < (lengths[row] ?? 0); time++) {
        current[row]?.ids.push(ids[time * size + row] ?? -1);
        if (mask[time * size + row] === 1) current[row]?.counted.push(ids[time * size + row] ?? -1);
      }
    }
  return runs.filter(({ ids }) => ids.length > 0);
}

const options = fc.record({
  size: fc.integer({ min: 1, max: 5 }),
  length: fc.integer({ min: 1, max: 7 }),
  run: fc.integer({ min: 1, max: 30 }),
  warmUp: fc.integer({ min: 0, max: 9 }),
  seed: fc.option(fc.integer(), { nil: undefined }),
});
const tokens = fc.integer({ min: 0, max: 300 });
const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });

test('the documented example is true', async (t) => {
  const batches = await collect(
    pipeline([textIds(5, 6, 7, 8, 9, EOS)], batchWindows(tokenizer, { size: 2, length: 2 })),
  );
  t.deepEqual(
    batches.map(({ ids, before, begins }) => ({ ids: [...ids], before: [...before], begins: [...begins] })),
    [
      { ids: [5, 8, 6, 9], before: [1, 1], begins: [1, 1] },
      { ids: [7, 1], before: [6, 9], begins: [0, 0] },
    ],
  );
});

test('every token of the text counts exactly once', async (t) => {
  await fc.assert(
    fc.asyncProperty(tokens, options, async (count, given) => {
      const counted = runsOf(await batchesOf(count, given)).flatMap((run) => run.counted);
      t.deepEqual(
        counted.sort((a, b) => a - b),
        textOf(count),
      );
    }),
  );
});

test('a row reads the text on, and its run is what follows what it warmed up with', async (t) => {
  await fc.assert(
    fc.asyncProperty(tokens, options, async (count, given) => {
      for (const { ids, counted } of runsOf(await batchesOf(count, given))) {
        t.deepEqual(
          ids,
          Array.from(ids, (_, at) => (ids[0] ?? 0) + at),
        );
        t.true(counted.length <= given.run);
        const warm = ids.length - counted.length;
        // Before the first token of the text there is nothing.
        if (counted.length > 0) t.is(warm, Math.min(given.warmUp, (counted[0] ?? 0) - 10));
      }
    }),
  );
});

test('before is the last token of the row, and EOS where it begins', async (t) => {
  await fc.assert(
    fc.asyncProperty(tokens, options, async (count, given) => {
      const last: number[] = [];
      for (const { ids, lengths, size, before, begins } of await batchesOf(count, given))
        for (let row = 0; row < size; row++) {
          if (begins[row] === 1) last[row] = EOS;
          if (lengths[row] !== 0) t.is(before[row], last[row]);
          for (let time = 0; time < (lengths[row] ?? 0); time++) last[row] = ids[time * size + row] ?? -1;
        }
    }),
  );
});

test('how the ids are cut into chunks makes no difference', async (t) => {
  await fc.assert(
    fc.asyncProperty(tokens, options, lengths, async (count, given, cut) => {
      t.deepEqual(await batchesOf(count, given, cut), await batchesOf(count, given));
    }),
  );
});

test('batches are rectangles of size rows and at most length time steps, padded with 0', async (t) => {
  await fc.assert(
    fc.asyncProperty(tokens, options, async (count, given) => {
      for (const { ids, mask, lengths, size, length, tokens } of await batchesOf(count, given)) {
        t.is(size, given.size);
        t.true(length >= 1 && length <= given.length);
        t.is(ids.length, size * length);
        t.is(
          tokens,
          lengths.reduce((sum, n) => sum + n, 0),
        );
        for (const [place, id] of ids.entries()) {
          const isPadding = Math.floor(place / size) >= (lengths[place % size] ?? 0);
          if (isPadding) t.deepEqual([id, mask[place]], [0, 0]);
          else t.true(id >= 10);
        }
      }
    }),
  );
});

test('a text shorter than all runs is cut into equal parts', async (t) => {
  const runs = runsOf(await batchesOf(103, { size: 4, length: 10, run: 1000 }));
  t.deepEqual(
    runs.map(({ ids }) => ids.length),
    [26, 26, 25, 26],
  );
});

test('of a longer text, rows take runs in turn, and the rest is cut into equal parts', async (t) => {
  const runs = runsOf(await batchesOf(50, { size: 2, length: 3, run: 10 }));
  t.deepEqual(
    runs.map(({ ids: [first = 0, ...others] }) => [first - 10, others.length + 1]),
    [
      [0, 10],
      [10, 10],
      [20, 10],
      [30, 10],
      [40, 5],
      [45, 5],
    ],
  );
});

test('a seed makes the first run shorter, always by the same, and another seed by another', async (t) => {
  const firstRun = async (seed: number) => {
    const given = { size: 2, length: 10, run: 100, seed };
    const [first, ...others] = runsOf(await batchesOf(1000, given));
    t.true(others.slice(0, 8).every(({ ids }) => ids.length === 100));
    t.deepEqual(await batchesOf(1000, given), await batchesOf(1000, given));
    return first?.ids.length ?? 0;
  };
  const lengths = await Promise.all([1, 2, 3, 4].map(firstRun));
  t.true(lengths.every((length) => length >= 1 && length <= 100));
  t.is(new Set(lengths).size, 4);
});

test('it never holds more than a run for each row and what that is warmed up with, of a single row a window', (t) => {
  fc.assert(
    fc.property(options, (given) => {
      const { size, length, run, warmUp } = given;
      const runs = new RowRuns({ ...given, eosId: EOS, firstShare: 1 });
      let held = 0;
      for (const id of textOf(1000)) {
        held++;
        for (const batch of runs.push(Int32Array.of(id))) held -= batch.mask.reduce((sum, counts) => sum + counts, 0);
        t.true(held < (size === 1 ? Math.min(length, run) : size * run), `${held} with ${warmUp} to warm up`);
      }
    }),
  );
});

test('a single row may read one run without an end, and gives each window as it fills', async (t) => {
  let taken = 0;
  const endless = {
    *[Symbol.iterator]() {
      for (;;) yield textIds(10 + taken++);
    },
  };
  let windows = 0;
  for await (const { length, begins, tokens } of pipeline(
    endless,
    batchWindows(tokenizer, { size: 1, length: 5, run: Infinity }),
  )) {
    t.deepEqual([length, tokens, begins[0]], [5, 5, windows === 0 ? 1 : 0]);
    t.true(taken <= 5 * (windows + 1) + 1);
    if (++windows === 10) break;
  }
});

test('options that cannot be used are refused', (t) => {
  const right = { size: 2, length: 2 };
  for (const wrong of [{ size: 0 }, { length: 1.5 }, { run: 0 }, { run: Infinity }, { warmUp: -1 }, { seed: 0.5 }])
    t.throws(() => batchWindows(tokenizer, { ...right, ...wrong }), { instanceOf: InvalidArgumentError });
});
