import test from 'ava';

import { cell } from '../../../../src/cells/cell.js';
import { InvalidArgumentError, SourceError } from '../../../../src/errors.js';
import { sigmoid, tanh } from '../../../../src/graph/functions.js';
import type { CompareOptions } from '../../../../src/lab/comparison/CompareOptions.js';
import type { Comparison } from '../../../../src/lab/comparison/Comparison.js';
import { compareCells } from '../../../../src/lab/comparison/compareCells.js';
import { parseComparison } from '../../../../src/lab/comparison/parseComparison.js';
import type { Batch } from '../../../../src/pipeline/Batch.js';
import { PipelineStats } from '../../../../src/pipeline/PipelineStats.js';
import type { PreparedText } from '../../../../src/run/prepareText.js';
import { referenceBatch } from '../../../reference/weights.js';
import { byteTokenizer } from '../../../support/byteTokenizer.js';
import { leftBehind, nothing as noTensors } from '../../../support/memory.js';
import { sweep } from '../../../support/sweeps.js';
import { rejectsInvalid } from '../../../support/throwsInvalid.js';

const { vocabularySize } = byteTokenizer;
const shape = { cell: 'lstm', vocabularySize, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 } as const;
const LENGTHS = [4, 2, 3];
const BATCHES = 2;

/** An epoch of two batches of nine tokens. */
async function* batches(epoch: number): AsyncGenerator<Batch> {
  for (let index = 0; index < BATCHES; index++) yield referenceBatch(shape, LENGTHS, (7 * epoch + index) % 1000);
}

const SIZE = { sentences: 6, tokens: 18, characters: 18, batches: BATCHES };
const text: PreparedText = {
  tokenizer: byteTokenizer,
  batches,
  validBatches: { [Symbol.asyncIterator]: () => batches(100) },
  size: { train: SIZE, valid: SIZE },
  firstEpoch: new PipelineStats().report(),
  ...{ largestBatch: 12, heldOut: 0 },
};

/** Of a user: no forget gate. */
const own = cell({
  name: 'own',
  state: ({ hidden }) => ({ hidden }),
  weights: ({ input, hidden }) => ({ inputWeights: [input, hidden], decay: [hidden] }),
  step({ x, hidden: h, inputWeights: W, decay }) {
    const hidden = tanh(x.dot(W).plus(h.times(decay)));
    return { output: hidden, state: { hidden } };
  },
});

/** Nothing in it saturates: weights that are huge make gradients that are, on any processor. */
const linear = cell({
  name: 'linear',
  state: ({ hidden }) => ({ hidden }),
  weights: ({ input, hidden }) => ({ inputWeights: [input, hidden] }),
  step({ x, hidden: h, inputWeights: W }) {
    const hidden = x.dot(W).plus(h);
    return { output: hidden, state: { hidden } };
  },
});

const OPTIONS: CompareOptions = {
  ...{ cells: ['lstm', own], budget: { epochs: 4 }, maxTokens: 12, hiddenSize: 4, embeddingSize: 3, seeds: 2 },
  ...{ learningRate: [0.01, 0.02], longer: { times: 2, cells: ['best'] }, clipNorm: 1, prompt: 'a' },
};

/** All records, from the first to the last. */
async function compared(options: CompareOptions): Promise<Comparison[]> {
  const records: Comparison[] = [];
  for await (const record of compareCells(text, options)) records.push(record);
  return records;
}

const records = await compared(OPTIONS);
const last = records.at(-1) as Comparison;

test.serial(
  'first rates are searched, cell by cell, then come runs, seed by seed, forget bias and longer runs',
  (t) => {
    const { trials, runs, cells } = last;
    const searched = (cell: string) => trials.filter((trial) => trial.purpose === 'search' && trial.cell === cell);
    for (const { cell } of cells) {
      // A quarter and a half of the four epochs of two batches.
      t.deepEqual(new Set(searched(cell).map(({ round, steps }) => `${round}: ${steps}`)), new Set(['0: 2', '1: 4']));
      const proven = searched(cell).filter(({ round }) => round === 1);
      const loss = (rate: number | undefined): number =>
        proven.find(({ learningRate }) => learningRate === rate)?.validation.at(-1)?.natsPerToken ?? NaN;
      const best = [...proven].sort((a, b) => loss(a.learningRate) - loss(b.learningRate))[0];
      for (const run of runs.filter((run) => run.cell === cell)) t.is(run.learningRate, best?.learningRate ?? NaN);
    }
    t.deepEqual(
      runs.map(({ cell, seed, steps }) => [cell, seed, steps.loss.length]),
      [
        ['lstm', 1, 8],
        ['own', 1, 8],
        ['lstm', 2, 8],
        ['own', 2, 8],
      ],
    );
    const seeds = new Set(runs.map(({ seed }) => seed));
    for (const { purpose, seed } of trials) t.is(seeds.has(seed), purpose === 'longer');
    t.deepEqual(
      trials
        .slice(searched('lstm').length + searched('own').length)
        .map(({ purpose, steps, forgetBias }) => [purpose, steps, forgetBias]),
      [
        ['forget bias', 4, 1],
        ['longer', 16, 0],
      ],
    );
  },
);

test.serial('each record has one training more, and can be written and read', (t) => {
  for (const [index, { trials, runs }] of records.entries()) t.is(trials.length + runs.length, index);
  t.deepEqual(parseComparison(JSON.stringify(last), 'record'), JSON.parse(JSON.stringify(last)));
});

test.serial(
  'a comparison that goes on from any record becomes the same, to the digit, and measures no speed again',
  async (t) => {
    for (const index of sweep([3, records.length - 3], (_, place) => place === 1)) {
      const resumed = await compared({ ...OPTIONS, resumeFrom: JSON.parse(JSON.stringify(records[index])) });
      t.deepEqual(resumed.at(-1), last);
      t.is(resumed.length, records.length - index);
    }
  },
);

test.serial('more seeds and cells may be asked for; what is there stays', async (t) => {
  const more = await compared({
    ...OPTIONS,
    cells: ['lstm', own, 'rnn'],
    seeds: 3,
    match: 'parameters',
    resumeFrom: last,
  });
  const { runs, trials, cells } = more.at(-1) as Comparison;
  t.deepEqual(runs.slice(0, 4), last.runs);
  t.deepEqual(trials.slice(0, last.trials.length), last.trials);
  t.deepEqual(
    cells.map(({ cell }) => cell),
    ['lstm', 'own', 'rnn'],
  );
  t.is(runs.length, 9);
});

test.serial('another comparison is not gone on with', async (t) => {
  const changed = (settings: Partial<Comparison['settings']>): Comparison => ({
    ...last,
    settings: { ...last.settings, ...settings },
  });
  await rejectsInvalid(t, compared({ ...OPTIONS, resumeFrom: changed({ clipNorm: 2 }) }), 'clipNorm');
  const [lstm, ...others] = last.cells;
  const otherCell = { ...last, cells: [{ ...lstm, equation: 'h_t = x_t' }, ...others] } as Comparison;
  await t.throwsAsync(compared({ ...OPTIONS, resumeFrom: otherCell }), {
    instanceOf: InvalidArgumentError,
    message: /^Expected the cell lstm as the comparison to go on with has it/,
  });
  const otherText = { ...last, text: { ...last.text, vocabularySize: 3 } };
  await t.throwsAsync(compared({ ...OPTIONS, resumeFrom: otherText }), {
    instanceOf: InvalidArgumentError,
    message: /^Expected the vocabulary that the comparison began with, of 3, got another, of 259$/,
  });
});

test.serial('minutes are charged at the measured speed, however long they take', async (t) => {
  const [begun] = records as [Comparison];
  const cells = begun.cells.map((one) => ({ ...one, tokensPerSecond: [60, 72, 100] }));
  const settings = { ...begun.settings, budget: { minutes: 1 / 60 }, learningRate: 0.01 };
  const { longer: _, ...rest } = OPTIONS;
  const options = { ...rest, budget: settings.budget, learningRate: 0.01, seeds: 1 };
  const [run] = (await compared({ ...options, resumeFrom: { ...begun, settings, cells } })).at(-1)?.runs ?? [];
  // 72 tokens in a second are eight batches of nine.
  t.is(run?.steps.loss.length, 8);
  t.deepEqual(run?.steps.seconds.at(-1), 1);
});

test.serial('a training that becomes infinite is recorded as such, and the comparison goes on', async (t) => {
  const wild = { ...OPTIONS, cells: [linear], optimizer: 'sgd' as const, seeds: 2, forgetBias: false };
  const { longer: _, ...short } = wild;
  const fixed = (await compared({ ...short, learningRate: 1e30 })).at(-1);
  t.deepEqual(
    fixed?.runs.map(({ seed, validation, steps }) => [seed, validation.length, steps.loss.length]),
    [
      [1, 0, 0],
      [2, 0, 0],
    ],
  );
  t.deepEqual(parseComparison(JSON.stringify(fixed), 'record'), JSON.parse(JSON.stringify(fixed)));
  const searched = (await compared({ ...short, learningRate: [0.01, 1e30], seeds: 1 })).at(-1);
  t.true((searched?.runs[0]?.learningRate ?? Infinity) < 1);
  const words: string[] = [];
  const none = await compared({ ...short, learningRate: [1e30, 2e30], onProgress: (line) => words.push(line) });
  t.deepEqual(none.at(-1)?.runs, []);
  t.is(words.at(-1), 'no run of linear: loss or gradients became infinite at every learning rate');
});

test.serial(
  'a cell of a user that has a forget gate, and by itself no biases, is not asked for a forget bias',
  async (t) => {
    const plain = cell({
      ...{ name: 'plain', bias: false },
      state: ({ hidden }) => ({ hidden }),
      weights: ({ input, hidden, bias, forgetBias }) => ({
        inputWeights: [input, hidden],
        bias: bias ? { shape: [hidden], initial: forgetBias } : undefined,
      }),
      step({ x, hidden: h, inputWeights: W, bias }) {
        const hidden = h.times(sigmoid(x.dot(W).plus(bias)));
        return { output: hidden, state: { hidden } };
      },
    });
    const { longer: _, ...short } = OPTIONS;
    const record = (await compared({ ...short, cells: [plain], learningRate: 0.01, seeds: 1 })).at(-1);
    t.deepEqual(record?.trials, []);
    t.is(record?.runs.length, 1);
  },
);

test.serial('text without batches is an error, not a wait without end', async (t) => {
  const nothing = { ...text, batches: async function* (): AsyncGenerator<Batch> {} };
  await t.throwsAsync(
    async () => {
      for await (const _ of compareCells(nothing, OPTIONS));
    },
    { instanceOf: SourceError },
  );
});

test.serial('no tensors are left', async (t) => {
  t.deepEqual(await leftBehind(() => compared({ ...OPTIONS, seeds: 1 })), noTensors);
});

test.serial('options that cannot be used are refused at once', async (t) => {
  const mistakes: [Partial<CompareOptions>, RegExp][] = [
    [{ cells: [] }, /cells/],
    [{ cells: ['rnn', 'rnn'] }, /cells of different names/],
    [{ learningRate: [0.1] }, /learningRate/],
    [{ learningRate: [0.2, 0.1] }, /rise by a factor/],
    [{ learningRate: [0.01, 0.0102] }, /rise by a factor/],
    [{ budget: { minutes: 0 } }, /budget\.minutes/],
    [{ seeds: 1.5 }, /seeds/],
    [{ longer: { times: 0, cells: [] } }, /longer\.times/],
  ];
  for (const [mistake, message] of mistakes)
    await t.throwsAsync(compared({ ...OPTIONS, ...mistake }), { instanceOf: InvalidArgumentError, message });
});
