import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  averageOf,
  type Batch,
  bucketByLength,
  evaluate,
  fitWeights,
  maskPadding,
  mixtureOf,
  ngramModel,
  padBatch,
  pipeline,
  prepareText,
  RunDirectory,
  type Sequence,
} from '../src/index.js';
import { sequencesOf } from '../src/pipeline/sequencesOf.js';
import { printTable } from './table.js';

// Two cores for so many minutes: one model with both, or a model on each, and what they are worth together, and beside a model that counts.
const { values: flags } = parseArgs({
  options: {
    corpus: { type: 'string', default: 'corpus/state-of-the-union.txt' },
    /** Default: sentences that are held out of the corpus. */
    valid: { type: 'string' },
    'sentence-per-line': { type: 'boolean', default: false },
    /** Of each training. */
    minutes: { type: 'string', default: '3' },
    /** Of the model that counts. */
    order: { type: 'string', default: '6' },
    /** More flags of our `train`, in one word: `--train='--hidden 256'`. */
    train: { type: 'string', default: '' },
  },
});
const { corpus, valid, 'sentence-per-line': sentencePerLine } = flags;

/** What `train` makes of the corpus in the given minutes. */
async function trained(out: string, workers: number, seed: number): Promise<void> {
  const text = [
    '--corpus',
    corpus,
    ...(valid ? ['--valid', valid] : []),
    ...(sentencePerLine ? ['--sentence-per-line'] : []),
  ];
  const how = [
    '--minutes',
    flags.minutes,
    '--workers',
    `${workers}`,
    '--seed',
    `${seed}`,
    '--no-tensorboard',
    '--no-passages',
  ];
  const more = flags.train.split(/\s+/).filter(Boolean);
  const child = spawn(
    process.execPath,
    ['--import=tsx', 'scripts/train.ts', ...text, ...how, ...more, '--out', out],
    // A worker alone would have TensorFlow's threads on all cores.
    { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, TF_NUM_INTRAOP_THREADS: '1' } },
  );
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`train ended with exit code ${code}`);
}

const directory = mkdtempSync(join(tmpdir(), 'babblebrook-ensemble-'));
const at = (name: string): string => join(directory, name);
try {
  await Promise.all([trained(at('one'), 1, 1), trained(at('other'), 1, 2)]);
  await trained(at('both'), 2, 1);
  const [one, other, both] = [
    await RunDirectory.loadBest(at('one')),
    await RunDirectory.loadBest(at('other')),
    await RunDirectory.loadBest(at('both')),
  ];
  const { tokenizer } = one;
  const text = await prepareText({ corpus, validation: valid, sentencePerLine, tokenizer });
  const order = Number(flags.order);
  const from = performance.now();
  const counted = await ngramModel(tokenizer, text.batches(0), { order });
  console.error(
    `${counted.ngrams.toLocaleString('en')} sequences of up to ${order} tokens, counted in ${((performance.now() - from) / 1000).toFixed(1)} s`,
  );

  // Weights are fitted on every other sentence, and everything is measured on the others.
  const sequences: Sequence[] = [];
  for await (const batch of text.validBatches) sequences.push(...sequencesOf(batch));
  const batchesOf = (rest: number): AsyncIterable<Batch> =>
    pipeline(
      sequences.filter((_, place) => place % 2 === rest),
      bucketByLength({ maxTokens: 6400, onLong: 'alone' }),
      padBatch(),
      maskPadding(),
    );
  const [fitted, measured] = [batchesOf(0), batchesOf(1)];

  const rows: string[][] = [];
  const row = async (
    name: string,
    model: Parameters<typeof evaluate>[0],
    weights: readonly number[] = [],
  ): Promise<void> => {
    const { bitsPerCharacter } = await evaluate(model, measured);
    rows.push([name, (bitsPerCharacter * Math.LN2).toFixed(3), weights.map((weight) => weight.toFixed(2)).join(', ')]);
    console.error(rows.at(-1)?.join(' | '));
  };
  const mixed = async (name: string, models: Parameters<typeof mixtureOf>[0]): Promise<void> => {
    const weights = await fitWeights(models, fitted);
    await row(name, mixtureOf(models, weights), weights);
  };
  await row('A: a model on one core', one);
  await row('B: another at the same time on the other core', other);
  await row('mean of A and B', averageOf([one, other]));
  await row(`C: a model that counts, order ${order}`, counted);
  await mixed('A and C', [one, counted]);
  await mixed('A, B and C', [one, other, counted]);
  await row('D: a model on both cores', both);
  await mixed('D and C', [both, counted]);
  printTable(
    [`${flags.minutes} minutes on ${cpus()[0]?.model ?? 'a processor'}`, 'nats per character', 'fitted weights'],
    rows,
  );
  for (const model of [one, other, both]) model.dispose();
} finally {
  rmSync(directory, { recursive: true });
}
