import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as tf from '@tensorflow/tfjs';
import { lastValueFrom, take, tap } from 'rxjs';
import {
  adam,
  appendEos,
  type Batch,
  beamSearch,
  bucketByLength,
  CharacterTokenizer,
  epochs,
  evaluate,
  LanguageModel,
  limitLength,
  maskPadding,
  nBest,
  type Pipeline,
  padBatch,
  pipeline,
  random,
  readText,
  rmsProp,
  sample,
  saveCheckpoints,
  sgd,
  shuffle,
  splitSentences,
  tokenize,
  train,
} from '../src/index.js';
import { printTable } from './table.js';

// Does memory stay flat? `npm run soak -- --minutes 30 [--seed 1]`: rounds of training, evaluating, saving, loading and
// generating, each with a model of another shape, every fourth on two threads. It fails when a round leaves a tensor, or
// when the memory of the last third of the time is above that of the second (the first warms up).
const { values: flags } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});
const CORPUS = 'corpus/state-of-the-union.txt';
/** How much more memory counts as flat: allocators keep what they may need again. */
const TOLERANCE = { share: 0.05, megabytes: 20 };

interface Sample {
  readonly minute: number;
  readonly rss: number;
  readonly heap: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
const draws = random(Number(flags.seed), 'soak');
let drawn = 0;
const between = (min: number, max: number): number => min + draws.integer(drawn++, max - min + 1);
const oneOf = <T>(...values: readonly T[]): T => values[draws.integer(drawn++, values.length)] as T;

const tokenizer = await CharacterTokenizer.fromStream(readText(CORPUS));
const counts = { rounds: 0, steps: 0, tokens: 0, generated: 0 };

/** A model of some shape from its first step to its last token. */
async function round(): Promise<void> {
  // Even sizes: of odd ones, TensorFlow warns that they are slow.
  const [hiddenSize, tieWeights, workers] = [2 * between(4, 48), oneOf(true, false), counts.rounds % 4 === 3 ? 2 : 1];
  const cell = (['rnn', 'lstm', 'gru', 'gruResetAfter'] as const)[counts.rounds % 4] ?? 'lstm';
  const model = new LanguageModel({
    ...{ cell, hiddenSize, tieWeights, tokenizer, seed: counts.rounds },
    embeddingSize: tieWeights ? hiddenSize : 2 * between(2, 32),
    layers: between(1, 3),
    dropout: oneOf(0, 0.3),
    initialState: oneOf('zero', 'learned'),
  });
  const batches = (seed: number): Pipeline<Batch> =>
    pipeline(
      readText(CORPUS),
      splitSentences(),
      tokenize(tokenizer),
      appendEos(tokenizer),
      limitLength({ maxLength: between(20, 200) }),
      shuffle({ bufferSize: 500, seed }),
      bucketByLength({ maxTokens: between(200, 2000), poolBatches: 5 }),
      padBatch(),
      maskPadding(),
    );
  const dir = await mkdtemp(join(tmpdir(), 'babblebrook-soak-'));
  try {
    await lastValueFrom(
      epochs(Infinity, batches).pipe(
        train(model, { optimizer: oneOf(adam, rmsProp, sgd)({ learningRate: 1e-3 }), clipNorm: 1, workers }),
        tap(({ tokens }) => {
          counts.steps++;
          counts.tokens += tokens;
        }),
        take(between(5, 30)),
        saveCheckpoints(dir, { every: 10 }),
      ),
    );
    await evaluate(model, firstOf(batches(0), 3));
    await model.save(join(dir, 'model'));
    const loaded = await LanguageModel.load(join(dir, 'model'));
    for (const decoder of [sample, beamSearch, nBest])
      for await (const _ of decoder(loaded, { maxLength: between(5, 60), prompt: oneOf('', 'We ', 'The people') }))
        counts.generated++;
    loaded.dispose();
  } finally {
    model.dispose();
    await rm(dir, { recursive: true });
  }
  counts.rounds++;
}

async function* firstOf(batches: AsyncIterable<Batch>, count: number): AsyncGenerator<Batch> {
  let taken = 0;
  for await (const batch of batches) {
    yield batch;
    if (++taken === count) return;
  }
}

const began = performance.now();
const minutesSince = (): number => (performance.now() - began) / 60_000;
const minutes = Number(flags.minutes);
const tensorsBefore = tf.memory().numTensors;
const samples: Sample[] = [];
for (let nextReport = 1; minutesSince() < minutes; ) {
  await round();
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  const { numTensors } = tf.memory();
  if (numTensors !== tensorsBefore)
    throw new Error(`Round ${counts.rounds} left ${numTensors - tensorsBefore} tensors`);
  samples.push({ minute: minutesSince(), rss: rss / 2 ** 20, heap: heapUsed / 2 ** 20 });
  if (minutesSince() < nextReport) continue;
  nextReport = Math.floor(minutesSince()) + 1;
  const figures = { minute: minutesSince().toFixed(1), ...counts, tensors: numTensors };
  console.error(JSON.stringify({ ...figures, rss: Math.round(rss / 2 ** 20), heap: Math.round(heapUsed / 2 ** 20) }));
}

const thirds = [0, 1, 2].map((third) =>
  samples.filter(({ minute }) => Math.min(2, Math.floor((3 * minute) / minutes)) === third),
);
const highest = (part: readonly Sample[] | undefined, what: 'rss' | 'heap'): number =>
  Math.max(...(part ?? []).map((sample) => sample[what]));
const parts = ['first', 'second', 'last'].map((name, third) => {
  const part = thirds[third];
  return [`${name} third`, highest(part, 'rss').toFixed(0), highest(part, 'heap').toFixed(0)];
});
printTable(['highest, MB', 'resident', 'heap after collection'], parts);
console.log(
  `${counts.rounds} rounds, ${counts.steps} steps, ${counts.tokens} tokens, ${counts.generated} tokens generated; no tensor left`,
);
for (const what of ['rss', 'heap'] as const) {
  const [before, after] = [highest(thirds[1], what), highest(thirds[2], what)];
  if (!(after <= before * (1 + TOLERANCE.share) + TOLERANCE.megabytes))
    throw new Error(`Expected ${what} to stay flat, got ${before.toFixed(0)} MB, then ${after.toFixed(0)} MB`);
}
