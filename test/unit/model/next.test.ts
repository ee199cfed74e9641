import test, { type ExecutionContext } from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import type { LanguageModel } from '../../../src/model/LanguageModel.js';
import type { RecurrentState } from '../../../src/model/RecurrentState.js';
import type { Batch } from '../../../src/pipeline/Batch.js';
import { tf } from '../../../src/tf.js';
import { at } from '../../reference/arrays.js';
import { readLanguageModelFixture } from '../../reference/fixtures.js';
import { referenceBatch, referenceWeights } from '../../reference/weights.js';
import { isClose } from '../../support/closeness.js';
import { cells, modelOf, smallModel, totalLoss, variantsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';
import { everyFifth, sweep } from '../../support/sweeps.js';

const VOCABULARY = 7;
const EOS = 1;

/** Reads ids one after the other, from a state on; frees what is between. */
async function read(
  model: LanguageModel,
  ids: number[],
  state?: RecurrentState,
): Promise<{ logProbabilities: Float32Array; state: RecurrentState }> {
  const [first = EOS, ...rest] = ids;
  let result = await model.next(state, Int32Array.of(state ? 0 : -1), Int32Array.of(first));
  for (const id of rest) {
    const previous = result.state;
    result = await model.next(previous, Int32Array.of(0), Int32Array.of(id));
    model.free(previous);
  }
  return result;
}

/** The log-probabilities of every time step of a batch, `[length × size × vocabulary]`, by `next`. */
async function stepByStep(model: LanguageModel, { ids, size, length }: Batch): Promise<Float32Array[]> {
  const steps: Float32Array[] = [];
  let state: RecurrentState | undefined;
  for (let time = 0; time < length; time++) {
    const rows = Int32Array.from({ length: size }, (_, row) => (time === 0 ? -1 : row));
    const inputs = time === 0 ? new Int32Array(size).fill(EOS) : ids.slice((time - 1) * size, time * size);
    const next = await model.next(state, rows, inputs);
    if (state) model.free(state);
    steps.push(next.logProbabilities);
    state = next.state;
  }
  if (state) model.free(state);
  return steps;
}

/** The numbers of a state. */
function numbersOf(state: RecurrentState): number[][] {
  return state.layers.flatMap((layer) => Object.values(layer).map((part) => [...part]));
}

function rowOf(logProbabilities: Float32Array, row: number): Float32Array {
  return logProbabilities.subarray(row * VOCABULARY, (row + 1) * VOCABULARY);
}

// ── The same as the whole sequence ──

for (const cell of cells)
  test(`${cell}: step by step, the log-probabilities of a batch add up to its loss`, async (t) => {
    for (const [variant, config, options] of sweep(variantsOf(cell), everyFifth)) {
      const model = modelOf(config, referenceWeights(config, options));
      const batch = referenceBatch(config, [4, 1, 3]);
      let sum = 0;
      for (const [time, logProbabilities] of (await stepByStep(model, batch)).entries())
        for (let b = 0; b < batch.size; b++) {
          const place = time * batch.size + b;
          sum += at(batch.mask, place) * at(rowOf(logProbabilities, b), at(batch.ids, place));
        }
      isClose(t, [-sum], [totalLoss(model, batch)], 1e-5, variant);
      model.dispose();
    }
  });

for (const cell of ['rnn', 'lstm', 'gru'] as const)
  test(`${cell}: step by step, every log-probability is PyTorch's`, async (t) => {
    const { config, weights, batch, expected } = readLanguageModelFixture(cell);
    const model = modelOf(config, weights);
    for (const [time, logProbabilities] of (await stepByStep(model, batch)).entries())
      for (let b = 0; b < batch.size; b++) {
        const start = (time * batch.size + b) * VOCABULARY;
        const logits = expected.logits.data.subarray(start, start + VOCABULARY);
        const logTotal = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
        const theirs = logits.map((logit) => logit - logTotal);
        isClose(t, rowOf(logProbabilities, b), theirs, 1e-5, `time step ${time} of sequence ${b}`);
      }
    model.dispose();
  });

test('the probabilities of a row add up to 1', async (t) => {
  const model = smallModel({ cell: 'gru', layers: 2 });
  const ids = Int32Array.of(1, 2, 3, 4, 5, 6);
  const { logProbabilities, state } = await model.next(undefined, new Int32Array(6).fill(-1), ids);
  t.is(logProbabilities.length, 6 * VOCABULARY);
  for (let row = 0; row < 6; row++)
    isClose(t, [rowOf(logProbabilities, row).reduce((sum, logP) => sum + Math.exp(logP), 0)], [1], 1e-6);
  model.free(state);
  model.dispose();
});

// ── Rows ──

/** A model with learned initial states, and a state of three hypotheses that have read 3, 4 and 5. */
async function threeHypotheses(): Promise<{ model: LanguageModel; state: RecurrentState }> {
  const [, config, options] = variantsOf('lstm').find(([, c, o]) => c.layers === 2 && o.initialState) ?? [];
  if (!config) throw new RangeError('Expected such a variant');
  const model = modelOf(config, referenceWeights(config, options));
  const { state } = await model.next(undefined, Int32Array.of(-1, -1, -1), Int32Array.of(3, 4, 5));
  return { model, state };
}

/** Checks that row k of a result is what a hypothesis that has read `histories[k]` alone would give. */
async function isReading(
  t: ExecutionContext,
  model: LanguageModel,
  { logProbabilities, state }: { logProbabilities: Float32Array; state: RecurrentState },
  histories: number[][],
): Promise<void> {
  t.is(logProbabilities.length, histories.length * VOCABULARY);
  for (const [row, history] of histories.entries()) {
    const alone = await read(model, history);
    isClose(t, rowOf(logProbabilities, row), alone.logProbabilities, 1e-6, `row ${row}`);
    for (const [part, numbers] of numbersOf(alone.state).entries()) {
      const all = numbersOf(state)[part] ?? [];
      isClose(t, all.slice(row * numbers.length, (row + 1) * numbers.length), numbers, 1e-6, `state of row ${row}`);
    }
    model.free(alone.state);
  }
}

const reorderings: [string, number[], number[], number[][]][] = [
  [
    'rows in their order go on',
    [0, 1, 2],
    [6, 3, 1],
    [
      [3, 6],
      [4, 3],
      [5, 1],
    ],
  ],
  [
    'rows in another order reorder the hypotheses',
    [2, 0, 1],
    [6, 6, 3],
    [
      [5, 6],
      [3, 6],
      [4, 3],
    ],
  ],
  [
    'a row may be continued many times, another never',
    [1, 1, 1, 0],
    [3, 4, 5, 6],
    [
      [4, 3],
      [4, 4],
      [4, 5],
      [3, 6],
    ],
  ],
  ['fewer rows leave the others behind', [2], [3], [[5, 3]]],
  ['the first row alone may go on', [0], [3], [[3, 3]]],
  ['row -1 begins anew', [-1, 1, -1], [6, 6, 3], [[6], [4, 6], [3]]],
  ['all may begin anew from a state', [-1, -1], [2, 3], [[2], [3]]],
];

for (const [fact, rows, ids, histories] of reorderings)
  test(fact, async (t) => {
    const { model, state } = await threeHypotheses();
    const result = await model.next(state, Int32Array.from(rows), Int32Array.from(ids));
    await isReading(t, model, result, histories);
    model.free(result.state);
    model.free(state);
    model.dispose();
  });

test('the input state stays as it was, and usable', async (t) => {
  const { model, state } = await threeHypotheses();
  const before = numbersOf(state);
  const once = await model.next(state, Int32Array.of(0, 1, 2), Int32Array.of(6, 6, 6));
  model.free(once.state);
  t.deepEqual(numbersOf(state), before);
  const again = await model.next(state, Int32Array.of(0, 1, 2), Int32Array.of(6, 6, 6));
  t.deepEqual(again.logProbabilities, once.logProbabilities);
  model.free(again.state);
  model.free(state);
  model.dispose();
});

test('two calls may be under way at once', async (t) => {
  const { model, state } = await threeHypotheses();
  const call = (id: number) => model.next(state, Int32Array.of(1), Int32Array.of(id));
  const [a, b] = await Promise.all([call(5), call(6)]);
  await isReading(t, model, a, [[4, 5]]);
  await isReading(t, model, b, [[4, 6]]);
  for (const each of [a.state, b.state, state]) model.free(each);
  model.dispose();
});

// ── Memory ──

for (const cell of cells)
  test.serial(`${cell}: next leaves no tensor behind: states are plain numbers`, async (t) => {
    const model = smallModel({ cell, layers: 2, initialState: 'learned' });
    const left = await leftBehind(async () => {
      const first = await model.next(undefined, Int32Array.of(-1, -1), Int32Array.of(3, 4));
      await model.next(first.state, Int32Array.of(1, -1, 0), Int32Array.of(3, 4, 5));
    });
    t.deepEqual(left, nothing);
    model.dispose();
  });

// ── Rows and ids out of range ──

const mistakes: [string, number[], number[], string][] = [
  ['a row beyond the state', [0, 3], [3, 4], 'Expected a row to be from -1 to 2, got 3 (number)'],
  ['a row below -1', [-2], [3], 'Expected a row to be from -1 to 2, got -2 (number)'],
  ['an id beyond the vocabulary', [0], [7], 'Expected an id to be from 0 to 6, got 7 (number)'],
  ['a negative id', [0], [-1], 'Expected an id to be from 0 to 6, got -1 (number)'],
  ['more rows than ids', [0, 1], [3], 'Expected one or more rows and as many ids, got 2 rows and 1 ids'],
  ['no row', [], [], 'Expected one or more rows and as many ids, got 0 rows and 0 ids'],
];

for (const [what, rows, ids, message] of mistakes)
  test.serial(`${what} is an InvalidArgumentError, and leaves nothing behind`, async (t) => {
    const { model, state } = await threeHypotheses();
    const left = await leftBehind(() =>
      t.throwsAsync(model.next(state, Int32Array.from(rows), Int32Array.from(ids)), {
        instanceOf: InvalidArgumentError,
        message,
      }),
    );
    t.deepEqual(left, nothing);
    model.free(state);
    model.dispose();
  });

test('without a state, the only row is -1', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  await t.throwsAsync(model.next(undefined, Int32Array.of(0), Int32Array.of(3)), {
    instanceOf: InvalidArgumentError,
    message: 'Expected a row to be -1 where there is no state, got 0 (number)',
  });
  model.dispose();
});

for (const [what, other] of [
  ['of another size', { cell: 'lstm', hiddenSize: 5, layers: 2 }],
  ['of fewer layers', { cell: 'lstm', layers: 1 }],
  ['of another cell', { cell: 'gru', layers: 2 }],
] as const)
  test.serial(`a state of a model ${what} is an InvalidArgumentError, and leaves nothing behind`, async (t) => {
    const model = smallModel({ cell: 'lstm', layers: 2 });
    const stranger = smallModel(other);
    const { state } = await read(stranger, [3]);
    const left = await leftBehind(() =>
      t.throwsAsync(model.next(state, Int32Array.of(0), Int32Array.of(3)), {
        instanceOf: InvalidArgumentError,
        message: 'Expected a state that this model gave, got one of another model',
      }),
    );
    t.deepEqual(left, nothing);
    stranger.free(state);
    stranger.dispose();
    model.dispose();
  });

test('weights that changed are read by the next call', async (t) => {
  const model = smallModel({ cell: 'rnn' });
  const before = await read(model, [3]);
  for (const variable of Object.values(model.weights)) tf.tidy(() => variable.assign(tf.zerosLike(variable)));
  const after = await read(model, [3]);
  t.notDeepEqual(after.logProbabilities, before.logProbabilities);
  isClose(t, after.logProbabilities, new Float32Array(VOCABULARY).fill(-Math.log(VOCABULARY)), 1e-6);
  model.free(before.state);
  model.free(after.state);
  model.dispose();
});
