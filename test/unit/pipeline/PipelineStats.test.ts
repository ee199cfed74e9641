import test from 'ava';
import { from } from 'rxjs';
import { appendEos } from '../../../src/pipeline/appendEos.js';
import { bucketByLength } from '../../../src/pipeline/bucketByLength.js';
import { dropDuplicates } from '../../../src/pipeline/dropDuplicates.js';
import { limitLength } from '../../../src/pipeline/limitLength.js';
import { PipelineStats } from '../../../src/pipeline/PipelineStats.js';
import { padBatch } from '../../../src/pipeline/padBatch.js';
import { type Pipeline, pipeline } from '../../../src/pipeline/pipeline.js';
import { tokenize } from '../../../src/pipeline/tokenize.js';
import { CharacterTokenizer } from '../../../src/text/CharacterTokenizer.js';
import { Clock } from '../../support/clock.js';
import { collect } from '../../support/collect.js';
import { operatorFacts } from '../../support/operatorFacts.js';

const tokenizer = new CharacterTokenizer('abc');
const batch = { ids: Int32Array.of(7, 9, 8, 1, 1, 0), lengths: Int32Array.of(3, 2), size: 2, length: 3, tokens: 5 };

operatorFacts({
  operator: () => {
    const stats = new PipelineStats();
    return (source) => source.pipe(stats.countSentences(), stats.countBatches());
  },
  item: batch,
  result: batch,
});

/** Batches of at most six places. */
function batchesOf(sentences: Iterable<string> & object, stats: PipelineStats, onLong: 'split' | 'truncate' | 'drop') {
  return pipeline(
    sentences,
    stats.countSentences(),
    dropDuplicates({ stats }),
    tokenize(tokenizer),
    appendEos(tokenizer),
    limitLength({ maxLength: 3, onLong, stats }),
    bucketByLength({ maxTokens: 6 }),
    padBatch(),
    stats.countBatches(),
  );
}

// Three distinct sentences of 2, 3 and 6 tokens, EOS counted.
const SENTENCES = ['a', 'ab', 'a', 'abcab'];
const NOTHING = { badRecords: 0, sentences: 4, duplicates: 1, split: 0, truncated: 0, dropped: 0 };

for (const [onLong, expected] of Object.entries({
  // Sequences of 2, 3, 3 and 3 tokens: two of 3 fill a batch, then come 2 and 3.
  split: { ...NOTHING, split: 1, batches: 2, tokens: 11, padding: 1 / 12 },
  // Sequences of 2, 3 and 3 tokens: two of 3 fill a batch, then comes the one of 2.
  truncate: { ...NOTHING, truncated: 1, batches: 2, tokens: 8, padding: 0 },
  // Sequences of 2 and 3 tokens in a batch of 6 places.
  drop: { ...NOTHING, dropped: 1, batches: 1, tokens: 5, padding: 1 / 6 },
}))
  test(`${onLong}: sentences, tokens, padding, and what became of long sentences are counted`, async (t) => {
    const stats = new PipelineStats();
    await collect(batchesOf(SENTENCES, stats, onLong as 'split'));
    const { seconds, tokensPerSecond, padding, ...counts } = stats.report();
    const { padding: expectedPadding, ...expectedCounts } = expected;
    t.deepEqual(counts, expectedCounts);
    t.true(Math.abs(padding - expectedPadding) < 1e-12);
  });

test('before anything is read, all is 0', (t) => {
  const stats = new PipelineStats();
  batchesOf(SENTENCES, stats, 'split');
  const zeros = {
    badRecords: 0,
    sentences: 0,
    duplicates: 0,
    split: 0,
    truncated: 0,
    dropped: 0,
    batches: 0,
    tokens: 0,
  };
  t.deepEqual(stats.report(), { ...zeros, padding: 0, seconds: 0, tokensPerSecond: 0 });
});

test('a report comes after each batch, and at the end', async (t) => {
  const stats = new PipelineStats();
  const seen: number[] = [];
  stats.reports.subscribe(({ batches }) => seen.push(batches));
  await collect(pipeline([batch, batch], stats.countBatches()));
  t.deepEqual(seen, [1, 2, 2]);
});

test('a report counts its batch before the batch goes on', async (t) => {
  const stats = new PipelineStats();
  const log: string[] = [];
  stats.reports.subscribe(({ tokens }) => log.push(`report of ${tokens}`));
  for await (const { tokens } of pipeline([batch, batch], stats.countBatches())) log.push(`batch of ${tokens}`);
  t.deepEqual(log, ['report of 5', 'batch of 5', 'report of 10', 'batch of 5', 'report of 10']);
});

test('a report that was made stays as it is', async (t) => {
  const stats = new PipelineStats();
  const early = stats.report();
  await collect(pipeline([batch], stats.countBatches()));
  t.is(early.batches, 0);
});

test('two pipelines, or one that is read twice, add up', async (t) => {
  const stats = new PipelineStats();
  const batches: Pipeline<typeof batch> = pipeline([batch], stats.countBatches());
  await collect(batches);
  await collect(batches);
  await collect(pipeline(['a', 'b'], stats.countSentences()));
  t.like(stats.report(), { sentences: 2, batches: 2, tokens: 10 });
});

test('whoever leaves the reports changes nothing for others, or for the pipeline', async (t) => {
  const stats = new PipelineStats();
  const all = new Promise<number[]>((resolve) => {
    const seen: number[] = [];
    stats.reports.subscribe(({ batches }) => {
      seen.push(batches);
      if (seen.length === 3) resolve(seen);
    });
  });
  const subscription = stats.reports.subscribe(() => subscription.unsubscribe());
  t.is((await collect(pipeline([batch, batch], stats.countBatches()))).length, 2);
  t.deepEqual(await all, [1, 2, 2]);
});

test.serial('tokens per second count from the beginning of the reading, not of the program', (t) => {
  const clock = new Clock(t);
  clock.pass(100);
  const stats = new PipelineStats();
  clock.pass(100);
  const source = function* () {
    clock.pass(2);
    yield batch;
    clock.pass(3);
    yield batch;
  };
  const rates: number[] = [];
  stats.reports.subscribe(({ tokensPerSecond }) => rates.push(tokensPerSecond));
  from(source()).pipe(stats.countBatches()).subscribe();
  t.deepEqual(rates, [5 / 2, 10 / 5, 10 / 5]);
});
