import { readFileSync } from 'node:fs';
import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import { LanguageModel, type LanguageModelOptions } from '../../../src/model/LanguageModel.js';
import type { RecurrentState } from '../../../src/model/RecurrentState.js';
import { CELL_NAMES } from '../../../src/names.js';
import type { ContinuousBatch } from '../../../src/pipeline/Batch.js';
import { random } from '../../../src/random.js';
import { tf } from '../../../src/tf.js';
import { isClose } from '../../support/closeness.js';
import { setWeight, smallModel, tokenizerOfSize } from '../../support/languageModels.js';
import { scoped } from '../../support/memory.js';
import { fixtureAt } from '../../support/places.js';
import { sweep, sweepOf } from '../../support/sweeps.js';

const EOS = 1;

interface Numbers {
  readonly shape: number[];
  readonly data: number[];
}

interface Windows {
  readonly config: LanguageModelOptions & { readonly vocabularySize: number };
  readonly weights: Record<string, Numbers>;
  readonly size: number;
  readonly length: number;
  readonly windows: readonly {
    readonly batch: { readonly ids: number[]; readonly before: number[]; readonly begins: number[] };
    readonly loss: number;
    readonly gradients: Record<string, Numbers>;
    readonly state: readonly Record<string, Numbers>[];
  }[];
}

/** A batch whose tokens all count. */
function batchOf(ids: number[], before: number[], begins: number[]): ContinuousBatch {
  const size = before.length;
  const length = ids.length / size;
  return {
    ids: Int32Array.from(ids),
    mask: new Float32Array(ids.length).fill(1),
    lengths: new Int32Array(size).fill(length),
    ...{ size, length, tokens: ids.length },
    before: Int32Array.from(before),
    begins: Uint8Array.from(begins),
  };
}

/** The mean loss of a batch, its gradients by name, and the state behind it. */
function compute(model: LanguageModel, batch: ContinuousBatch, state: RecurrentState | undefined) {
  return scoped(() => {
    let after: RecurrentState | undefined;
    const { value, grads } = tf.variableGrads(() => {
      const made = model.lossAndState(batch, { state });
      after = made.state;
      return tf.div(made.loss, batch.tokens);
    }, Object.values(model.weights));
    const gradients = Object.entries(model.weights).map(
      ([name, { name: key }]) => [name, [...(grads[key]?.dataSync() ?? [])]] as const,
    );
    return { loss: value.dataSync()[0] ?? NaN, gradients: Object.fromEntries(gradients), state: after };
  });
}

const file = fixtureAt('torch/windows.json');
for (const [cell, fixture] of Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, Windows>))
  test(`${cell}: losses, gradients and states of ten windows are PyTorch's, also where a row begins anew`, (t) => {
    const { vocabularySize, ...shape } = fixture.config;
    const isLearned = 'layers.0.initialHidden' in fixture.weights;
    const model = new LanguageModel({
      ...shape,
      tokenizer: tokenizerOfSize(vocabularySize),
      ...{ bias: true, initialState: isLearned ? 'learned' : 'zero' },
    });
    for (const [name, { shape, data }] of Object.entries(fixture.weights)) setWeight(model, name, data, shape);
    let state: RecurrentState | undefined;
    for (const [number, { batch, loss, gradients, state: expected }] of fixture.windows.entries()) {
      const got = compute(model, batchOf(batch.ids, batch.before, batch.begins), state);
      isClose(t, [got.loss], [loss], 1e-6, `loss of window ${number}`);
      for (const [name, { data }] of Object.entries(gradients))
        isClose(t, got.gradients[name] ?? [], data, 1e-5, `${name} of window ${number}`);
      for (const [layer, parts] of expected.entries())
        for (const [part, { data }] of Object.entries(parts))
          isClose(t, got.state?.layers[layer]?.[part] ?? [], data, 1e-5, `${part} of layer ${layer}, window ${number}`);
      state = got.state;
    }
    model.dispose();
  });

const LENGTH = sweepOf(300, 120);
const { integer } = random(3, 'text');
const text = Array.from({ length: LENGTH }, (_, at) => 3 + integer(at, 4));

/** The loss of the text in windows of so many tokens, in nats, the state carried. */
function lossInWindows(model: LanguageModel, length: number): number {
  let loss = 0;
  let state: RecurrentState | undefined;
  for (let from = 0; from < LENGTH; from += length) {
    const batch = batchOf(text.slice(from, from + length), [text[from - 1] ?? EOS], [from === 0 ? 1 : 0]);
    const made = model.lossAndState(batch, { state });
    loss += made.loss.dataSync()[0] ?? NaN;
    made.loss.dispose();
    state = made.state;
  }
  return loss;
}

for (const cell of sweep(CELL_NAMES, (name) => ['gru', 'lstm', 'minLstm', 'rnn', 'slstm'].includes(name)))
  test(`${cell}: a text in windows of 1, 7 and 100 tokens has the loss that it has in one`, (t) => {
    const model = smallModel({ cell, layers: 2, initialState: 'learned' });
    const whole = scoped(() => model.totalLoss(batchOf(text, [EOS], [1])).dataSync()[0] ?? NaN);
    for (const length of [1, 7, 100]) isClose(t, [lossInWindows(model, length)], [whole], 1e-5, String(length));
    model.dispose();
  });

test('a row that begins takes the first state, whatever the state behind the batch before was', (t) => {
  const model = smallModel({ cell: 'lstm', initialState: 'learned' });
  setWeight(model, 'layers.0.initialHidden', [0.5, -0.25, 0.125, 1]);
  const { state } = compute(model, batchOf([3, 4, 5, 6], [EOS, EOS], [1, 1]), undefined);
  const both = compute(model, batchOf([5, 5, 3, 3], [EOS, 6], [1, 0]), state);
  const fresh = compute(model, batchOf([5, 3], [EOS], [1]), undefined);
  isClose(t, (both.state?.layers[0]?.['hidden'] ?? []).slice(0, 4), fresh.state?.layers[0]?.['hidden'] ?? [], 1e-6);
  model.dispose();
});

test('without a state, lossAndState gives what totalLoss gives, to the bit', (t) => {
  const model = smallModel({ cell: 'gru', layers: 2 });
  const batch = batchOf(text.slice(0, 60), [EOS, EOS], [1, 1]);
  const { before: _, begins: __, ...sentences } = batch;
  scoped(() => {
    const [loss] = model.totalLoss(sentences).dataSync();
    t.is(model.totalLoss(batch).dataSync()[0], loss);
    t.is(model.lossAndState(batch).loss.dataSync()[0], loss);
  });
  model.dispose();
});

test('read gives what time steps give, with a state and without', async (t) => {
  const model = smallModel({ cell: 'lstm', layers: 2, initialState: 'learned' });
  setWeight(model, 'layers.1.initialHidden', [0.5, -0.25, 0.125, 1]);
  let stepped: Awaited<ReturnType<LanguageModel['next']>> | undefined;
  const ids = [EOS, ...text.slice(0, 40)];
  for (const id of ids) stepped = await model.next(stepped?.state, Int32Array.of(stepped ? 0 : -1), Int32Array.of(id));
  const first = await model.read(undefined, -1, Int32Array.from(ids.slice(0, 18)));
  const read = await model.read(first.state, 0, Int32Array.from(ids.slice(18)));
  isClose(t, read.logProbabilities, stepped?.logProbabilities ?? [], 1e-5);
  for (const layer of [0, 1])
    for (const part of ['hidden', 'memory'])
      isClose(t, read.state.layers[layer]?.[part] ?? [], stepped?.state.layers[layer]?.[part] ?? [], 1e-5);
  model.dispose();
});

test('what does not fit is refused, and no tensor is left', async (t) => {
  const model = smallModel({ cell: 'lstm' });
  const other = smallModel({ cell: 'lstm', layers: 2 });
  const batch = batchOf([3, 4, 5, 6], [EOS, EOS], [1, 1]);
  const { state, loss } = model.lossAndState(batch);
  loss.dispose();
  const before = tf.memory().numTensors;
  const refused = { instanceOf: InvalidArgumentError };
  t.throws(() => other.lossAndState(batch, { state }), refused);
  t.throws(() => model.lossAndState(batchOf([3, 4], [EOS], [0]), { state }), { ...refused, message: /rows/ });
  t.throws(() => model.lossAndState({ ...batch, before: Int32Array.of(1) }), { ...refused, message: /before/ });
  t.throws(() => model.lossAndState({ ...batch, before: Int32Array.of(1, 7) }), { ...refused, message: /before/ });
  t.throws(() => model.lossAndState({ ...batch, begins: Uint8Array.of(1, 2) }), { ...refused, message: /begins/ });
  await t.throwsAsync(model.read(undefined, -1, new Int32Array(0)), refused);
  await t.throwsAsync(model.read(undefined, -1, Int32Array.of(7)), refused);
  scoped(() => model.gates(batch, { state }));
  t.is(tf.memory().numTensors, before);
});
