import test, { type ExecutionContext } from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import type { Gates } from '../../../src/model/LanguageModel.js';
import { tf } from '../../../src/tf.js';
import { at, tensorOf } from '../../reference/arrays.js';
import { referenceLanguageModel } from '../../reference/languageModel.js';
import { referenceBatch, referenceWeights } from '../../reference/weights.js';
import { isClose } from '../../support/closeness.js';
import { cells, modelOf, setWeight, smallModel, variantsOf, weightsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';
import { everyFifth, sweep } from '../../support/sweeps.js';

type ReferenceGates = readonly Readonly<Record<string, Float64Array>>[];

/** Asserts that gates are the reference's, and frees them. */
function areGates(t: ExecutionContext, actual: Gates[], expected: ReferenceGates, shape: number[], what: string): void {
  t.is(actual.length, expected.length, what);
  for (const [layer, gates] of actual.entries()) {
    t.deepEqual(Object.keys(gates).sort(), Object.keys(at(expected, layer)).sort(), what);
    for (const [name, gate] of Object.entries(gates)) {
      t.deepEqual(gate.shape, shape);
      isClose(t, gate.dataSync(), expected[layer]?.[name] ?? [], 1e-5, `${what}: ${name} of layer ${layer}`);
    }
  }
  tf.dispose(actual);
}

for (const cell of cells)
  test(`${cell}: the gates of every layer are the reference's, whatever the model is made of`, (t) => {
    for (const [what, config, options] of sweep(variantsOf(cell), everyFifth)) {
      const weights = referenceWeights(config, options);
      const batch = referenceBatch(config, [5, 2, 4]);
      const model = modelOf(config, weights);
      areGates(t, model.gates(batch), referenceLanguageModel(config, weights, batch).gates, [15, 4], what);
      model.dispose();
    }
  });

const NAMES = {
  rnn: ['hidden'],
  lstm: ['forget', 'input', 'output', 'candidate', 'hidden', 'memory'],
  gru: ['update', 'reset', 'candidate', 'hidden'],
};
const config = { cell: 'lstm', vocabularySize: 7, embeddingSize: 3, hiddenSize: 4, layers: 1, eosId: 1 } as const;
const batch = referenceBatch(config, [3, 1]);

for (const [cell, names] of Object.entries(NAMES))
  test(`${cell}: the gates are ${names.join(', ')}`, (t) => {
    const model = smallModel({ cell: cell as keyof typeof NAMES, layers: 2 });
    const gates = model.gates(batch);
    t.deepEqual(
      gates.map((layer) => Object.keys(layer)),
      [names, names],
    );
    tf.dispose(gates);
    model.dispose();
  });

test('a batch of a single time step has gates', (t) => {
  const weights = referenceWeights(config);
  const model = modelOf(config, weights);
  const single = referenceBatch(config, [1, 1]);
  areGates(t, model.gates(single), referenceLanguageModel(config, weights, single).gates, [2, 4], 'one time step');
  model.dispose();
});

test('with other weights, the gates are those of a model that has them', (t) => {
  const model = smallModel({ cell: 'lstm' });
  const others = referenceWeights(config, { seed: 5 });
  const given = Object.fromEntries(
    Object.entries(others).map(([name, { shape, data }]) => [name, tf.tensor(Float32Array.from(data), [...shape])]),
  );
  const before = weightsOf(model);
  const expected = referenceLanguageModel(config, others, batch).gates;
  areGates(t, model.gates(batch, { weights: given }), expected, [6, 4], 'given weights');
  t.deepEqual(weightsOf(model), before);
  tf.dispose(given);
  model.dispose();
});

test('with a place for dropout, the second layer sees what is left of the first, and the first all', (t) => {
  const model = smallModel({ cell: 'rnn', layers: 2, dropout: 0.5 });
  const place = { epoch: 1, index: 2 };
  const [whole, dropped, again] = [
    model.gates(batch),
    model.gates(batch, { dropoutPlace: place }),
    model.gates(batch, { dropoutPlace: place }),
  ].map((gates) => gates.map(({ hidden }) => [...(hidden?.dataSync() ?? [])]));
  t.deepEqual(dropped, again);
  t.deepEqual(dropped?.[0], whole?.[0]);
  t.notDeepEqual(dropped?.[1], whole?.[1]);
  model.dispose();
});

test('a batch of another vocabulary is an InvalidArgumentError', (t) => {
  const model = smallModel({ cell: 'gru' });
  t.throws(() => model.gates({ ...batch, ids: batch.ids.map(() => 7) }), {
    instanceOf: InvalidArgumentError,
    message: /^Expected ids from 0 to 6, got 7/,
  });
  model.dispose();
});

for (const cell of ['rnn', 'lstm', 'gru'] as const)
  test.serial(`${cell}: the gates are all that is left behind, until they are disposed of`, async (t) => {
    const model = smallModel({ cell, layers: 2, dropout: 0.5 });
    let gates: Gates[] = [];
    const left = await leftBehind(() => {
      gates = model.gates(batch, { dropoutPlace: { epoch: 0, index: 0 } });
    });
    const count = 2 * NAMES[cell].length;
    t.deepEqual(left, { tensors: count, buffers: count });
    t.deepEqual(await leftBehind(() => tf.dispose(gates)), { tensors: -count, buffers: -count });
    t.deepEqual(await leftBehind(() => tf.dispose(model.gates(batch))), nothing);
    model.dispose();
  });

test('gates that are asked for change nothing of what the model computes', (t) => {
  const model = smallModel({ cell: 'lstm' });
  setWeight(model, 'projectionBias', [0, 1, 0, 2, 0, 0, 0]);
  const loss = (): number => tf.tidy(() => model.totalLoss(batch).dataSync()[0] ?? NaN);
  const before = loss();
  tf.dispose(model.gates(batch));
  t.is(loss(), before);
  t.is(tensorOf(weightsOf(model), 'projectionBias').data[3], 2);
  model.dispose();
});
