import test from 'ava';
import { from, lastValueFrom } from 'rxjs';
import { type BackendName, useBackend } from '../../../src/model/backend.js';
import { random } from '../../../src/random.js';
import { tf } from '../../../src/tf.js';
import { adam } from '../../../src/training/adam.js';
import { sgd } from '../../../src/training/sgd.js';
import { train } from '../../../src/training/train.js';
import { type ReferenceConfig, referenceLanguageModel } from '../../reference/languageModel.js';
import { referenceBatch, referenceWeights } from '../../reference/weights.js';
import { areClose, isClose } from '../../support/closeness.js';
import { cells, lossAndGradients, modelOf, totalLoss, variantsOf, weightsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';
import { everyFifth, sweep, sweepOf } from '../../support/sweeps.js';
import '../../support/ownProcess.js';

// One backend at a time computes for the whole process: every test here is serial, and begins with its backend.

const native = (await useBackend()) === 'tensorflow';
const portable = ['wasm', 'cpu'] as const;
const all: BackendName[] = native ? ['tensorflow', ...portable] : [...portable];

for (const backend of portable)
  for (const cell of cells)
    test.serial(`${backend}: ${cell}: loss and every gradient agree with the float64 reference`, async (t) => {
      await useBackend(backend);
      for (const [variant, config, options] of sweep(variantsOf(cell), everyFifth)) {
        const weights = referenceWeights(config, options);
        const batch = referenceBatch(config, [4, 1, 3]);
        const expected = referenceLanguageModel(config, weights, batch);
        const model = modelOf(config, weights);
        const { loss, gradients } = lossAndGradients(model, batch);
        isClose(t, [loss], [expected.loss], 1e-5, variant);
        areClose(t, gradients, expected.gradients, 1e-5, variant);
        model.dispose();
      }
    });

for (const backend of all)
  test.serial(
    `${backend}: whatever the shapes of batches in a row, loss and gradients are the reference's`,
    async (t) => {
      await useBackend(backend);
      const config: ReferenceConfig = {
        cell: 'lstm',
        vocabularySize: 11,
        embeddingSize: 3,
        hiddenSize: 5,
        layers: 1,
        eosId: 1,
      };
      const weights = referenceWeights(config);
      const model = modelOf(config, weights);
      const draw = random(1, 'shapes of batches');
      for (let turn = 0; turn < sweepOf(30, 10); turn++) {
        const size = 1 + draw.integer(3 * turn, 17);
        const longest = 1 + draw.integer(3 * turn + 1, 13);
        const lengths = Array.from({ length: size }, (_, b) => 1 + draw.integer(1000 * turn + b, longest));
        const batch = referenceBatch(config, lengths, turn);
        const expected = referenceLanguageModel(config, weights, batch);
        const { loss, gradients } = lossAndGradients(model, batch);
        isClose(t, [loss], [expected.loss], 1e-5, `batch ${turn} of lengths ${lengths}`);
        areClose(t, gradients, expected.gradients, 1e-5, `batch ${turn} of lengths ${lengths}`);
      }
      model.dispose();
    },
  );

for (const backend of portable)
  for (const cell of cells)
    test.serial(
      `${backend}: ${cell}: step by step, the log-probabilities of a sentence add up to its loss`,
      async (t) => {
        await useBackend(backend);
        for (const [variant, config, options] of sweep(variantsOf(cell), everyFifth).filter(
          ([, { layers }]) => layers === 2,
        )) {
          const model = modelOf(config, referenceWeights(config, options));
          const batch = referenceBatch(config, [5]);
          let { logProbabilities, state } = await model.next(undefined, Int32Array.of(-1), Int32Array.of(config.eosId));
          let sum = 0;
          for (const id of batch.ids) {
            sum += logProbabilities[id] ?? NaN;
            const next = await model.next(state, Int32Array.of(0), Int32Array.of(id));
            model.free(state);
            ({ logProbabilities, state } = next);
          }
          model.free(state);
          isClose(t, [-sum], [totalLoss(model, batch)], 1e-5, variant);
          model.dispose();
        }
      },
    );

for (const backend of portable)
  test.serial(`${backend}: rows pick hypotheses from the state, and -1 begins anew`, async (t) => {
    await useBackend(backend);
    const [, config, options] = variantsOf('gru').find(([, , { initialState }]) => initialState) ?? [];
    if (!config) return t.fail();
    const model = modelOf(config, referenceWeights(config, options));
    const first = await model.next(undefined, Int32Array.of(-1, -1), Int32Array.of(3, 4));
    const second = await model.next(first.state, Int32Array.of(1, -1, 0), Int32Array.of(5, 3, 5));
    const alone = await model.next(first.state, Int32Array.of(1), Int32Array.of(5));
    const { vocabularySize } = config;
    isClose(t, second.logProbabilities.slice(0, vocabularySize), alone.logProbabilities, 1e-6);
    isClose(
      t,
      second.logProbabilities.slice(vocabularySize, 2 * vocabularySize),
      first.logProbabilities.slice(0, vocabularySize),
      1e-6,
    );
    for (const { state } of [first, second, alone]) model.free(state);
    model.dispose();
  });

for (const backend of portable)
  test.serial(`${backend}: training and steps leave nothing behind`, async (t) => {
    await useBackend(backend);
    const [, config, options] = variantsOf('gru').at(-1) ?? [];
    if (!config) return t.fail();
    const batch = referenceBatch(config, [3, 2]);
    const left = await leftBehind(async () => {
      const model = modelOf(config, referenceWeights(config, options));
      await lastValueFrom(from([batch, batch]).pipe(train(model, { optimizer: adam(), clipNorm: 1 })));
      const { state } = await model.next(undefined, Int32Array.of(-1), Int32Array.of(1));
      model.free(state);
      model.dispose();
    });
    t.deepEqual(left, nothing);
  });

test.serial('three steps of training give the same weights on every backend', async (t) => {
  const [, config, options] = variantsOf('lstm').find(([, c, o]) => c.layers === 2 && o.initialState) ?? [];
  if (!config) return t.fail();
  const batches = [0, 1, 2].map((seed) => referenceBatch(config, [3, 2, 5], seed));
  const trainedOn = async (backend: BackendName) => {
    await useBackend(backend);
    const model = modelOf(config, referenceWeights(config, options));
    await lastValueFrom(
      from(batches).pipe(train(model, { optimizer: sgd({ learningRate: 1, momentum: 0.9 }), clipNorm: 1 })),
    );
    const weights = weightsOf(model);
    model.dispose();
    return weights;
  };
  const expected = await trainedOn('cpu');
  for (const backend of all) areClose(t, await trainedOn(backend), expected, 1e-5, backend);
});

test.serial('initial weights are the same bits on every backend', async (t) => {
  const [, config] = variantsOf('gru')[0] ?? [];
  if (!config) return t.fail();
  const bitsOn = async (backend: BackendName) => {
    await useBackend(backend);
    const model = modelOf(config, {});
    const weights = weightsOf(model);
    model.dispose();
    return weights;
  };
  const expected = await bitsOn('cpu');
  for (const backend of all) t.deepEqual(await bitsOn(backend), expected, backend);
});

test.after.always(() => tf.disposeVariables());
