import * as tf from '@tensorflow/tfjs';
import test from 'ava';
import { useBackend } from '../../src/model/backend.js';
import { LanguageModel, type LanguageModelOptions } from '../../src/model/LanguageModel.js';
import type { RecurrentState } from '../../src/model/RecurrentState.js';
import { CharacterTokenizer } from '../../src/text/CharacterTokenizer.js';
import { nativeTensors } from '../support/memory.js';

// The native step against the plain operations, which the cpu backend uses.
const nativeTest = (await useBackend()) === 'tensorflow' ? test.serial : test.skip;
const tokenizer = new CharacterTokenizer('abcdefghij');
const CELLS: Readonly<Record<string, Pick<LanguageModelOptions, 'cell' | 'resetAfter'>>> = {
  rnn: { cell: 'rnn' },
  lstm: { cell: 'lstm' },
  gru: { cell: 'gru' },
  'gru with resetAfter': { cell: 'gru', resetAfter: true },
};
const VARIANTS: Readonly<Record<string, Partial<LanguageModelOptions>>> = {
  'one layer': {},
  'three layers': { layers: 3 },
  'no biases': { bias: false },
  biases: { bias: true, layers: 2 },
  'tied weights': { embeddingSize: 24, tieWeights: true },
  'a learned initial state': { initialState: 'learned' },
};

function modelOf(variant: Partial<LanguageModelOptions>): LanguageModel {
  const model = new LanguageModel({ cell: 'lstm', tokenizer, embeddingSize: 7, hiddenSize: 24, seed: 3, ...variant });
  tf.tidy(() => {
    for (const weight of Object.values(model.weights))
      weight.assign(tf.randomNormal(weight.shape, 0, 0.5, 'float32', weight.size));
  });
  return model;
}

async function startingState(model: LanguageModel): Promise<RecurrentState> {
  return (await model.next(undefined, Int32Array.of(-1, -1, -1), Int32Array.of(1, 4, 7))).state;
}

/** The largest difference between the two ways, in log-probabilities and states, for these rows and ids. */
async function largestDifference(model: LanguageModel, state: RecurrentState, rows: number[], ids: number[]) {
  const native = await model.next(state, Int32Array.from(rows), Int32Array.from(ids));
  await useBackend('cpu');
  const plain = await model.next(state, Int32Array.from(rows), Int32Array.from(ids));
  await useBackend('tensorflow');
  const differences = [...native.logProbabilities].map((value, at) =>
    Math.abs(value - (plain.logProbabilities[at] ?? NaN)),
  );
  for (const [layer, parts] of native.state.layers.entries())
    for (const [part, values] of Object.entries(parts)) {
      const other = plain.state.layers[layer]?.[part] ?? [];
      differences.push(...[...values].map((value, at) => Math.abs(value - (other[at] ?? NaN))));
    }
  model.free(native.state);
  model.free(plain.state);
  return differences.reduce((a, b) => Math.max(a, b));
}

for (const [cellName, cell] of Object.entries(CELLS))
  for (const [name, variant] of Object.entries(VARIANTS))
    nativeTest(
      `${cellName}, ${name}: the native step gives what the plain operations give, whatever the rows`,
      async (t) => {
        const model = modelOf({ ...cell, ...variant });
        const state = await startingState(model);
        for (const rows of [[0, 1, 2], [2, 0], [1], [0, 0, 1, 1, 2, 2], [1, -1, 2], [-1]])
          t.true(
            (await largestDifference(
              model,
              state,
              rows,
              rows.map((row) => 4 + row),
            )) < 2e-6,
          );
        model.free(state);
        model.dispose();
      },
    );

for (const [name, cell] of Object.entries(CELLS)) {
  nativeTest(`${name}: the native step notices that weights have changed`, async (t) => {
    const model = modelOf(cell);
    const state = await startingState(model);
    t.true((await largestDifference(model, state, [0, 1, 2], [3, 4, 5])) < 2e-6);
    tf.tidy(() => {
      for (const weight of Object.values(model.weights)) weight.assign(tf.mul(weight, -0.7));
    });
    t.true((await largestDifference(model, state, [0, 1, 2], [3, 4, 5])) < 2e-6);
    model.free(state);
    model.dispose();
  });

  nativeTest(`${name}: the native step leaves no tensor behind`, async (t) => {
    const before = [tf.memory().numTensors, nativeTensors()];
    const model = modelOf({ ...cell, layers: 2 });
    let state = await startingState(model);
    for (let step = 0; step < 5; step++) {
      const next = await model.next(state, Int32Array.of(2, 1, 0), Int32Array.of(3, 4, 5));
      model.free(state);
      state = next.state;
    }
    model.free(state);
    model.dispose();
    t.deepEqual([tf.memory().numTensors, nativeTensors()], before);
  });
}

nativeTest('a model goes on with another backend where it was', async (t) => {
  const model = modelOf({});
  const state = await startingState(model);
  const native = await model.next(state, Int32Array.of(0, 1, 2), Int32Array.of(3, 4, 5));
  await useBackend('cpu');
  const other = await model.next(native.state, Int32Array.of(0, 1, 2), Int32Array.of(3, 4, 5));
  await useBackend('tensorflow');
  const again = await model.next(native.state, Int32Array.of(0, 1, 2), Int32Array.of(3, 4, 5));
  t.true(again.logProbabilities.every((value, at) => Math.abs(value - (other.logProbabilities[at] ?? NaN)) < 1e-5));
  for (const { state: made } of [native, other, again]) model.free(made);
  model.free(state);
  model.dispose();
});
