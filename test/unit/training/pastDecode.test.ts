import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import { tf } from '../../../src/tf.js';
import '../../support/backend.js';
import { sgd } from '../../../src/training/sgd.js';
import { Trainer } from '../../../src/training/Trainer.js';
import { smallModel, weightsOf } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';

const batch = {
  ids: Int32Array.of(3, 4, 1),
  mask: Float32Array.of(1, 1, 1),
  lengths: Int32Array.of(3),
  ...{ size: 1, length: 3, tokens: 3 },
};
const OWN = { 'pastDecode.matrix': [3, 3], 'pastDecode.bias': [3], 'pastDecode.tokenBias': [7] };

test.serial(
  'what decodes the past learns beside the model, is in the state alone, and leaves no tensors',
  async (t) => {
    const model = smallModel({ cell: 'gru' });
    const names = Object.keys(model.weights);
    t.deepEqual(
      await leftBehind(() => {
        const trainer = new Trainer(model, { optimizer: sgd({ learningRate: 0.5, momentum: 0.9 }), pastDecode: 0.5 });
        const before = trainer.state().weights;
        const { inspect } = trainer.step(batch);
        const { weights, slots } = trainer.state();
        t.deepEqual(Object.keys(weights), [...names, ...Object.keys(OWN)]);
        t.deepEqual(Object.keys(slots), Object.keys(weights));
        for (const [name, shape] of Object.entries(OWN)) {
          t.deepEqual(weights[name]?.shape, shape);
          t.notDeepEqual(weights[name]?.values, before[name]?.values, name);
          t.deepEqual(inspect().gradients[name]?.shape, shape);
        }
        trainer.dispose();
      }),
      nothing,
    );
    t.deepEqual(Object.keys(model.weights), names);
    model.dispose();
  },
);

test.serial('the loss that is told is −log p, and a weight of 0 is none, to the bit', (t) => {
  const steps = [undefined, 0, 0.5].map((pastDecode) => {
    const model = smallModel({ cell: 'gru' });
    const trainer = new Trainer(model, { optimizer: sgd(), pastDecode });
    const { loss, gradientNorm } = trainer.step(batch);
    trainer.dispose();
    const weights = weightsOf(model);
    model.dispose();
    return { loss, gradientNorm, weights };
  });
  const [without, none, decoded] = steps;
  t.deepEqual(none, without);
  t.is(decoded?.loss, without?.loss);
  t.not(decoded?.gradientNorm, without?.gradientNorm);
});

test.serial('decoding is learned: with a rate of its own it becomes sure of what was read', (t) => {
  const model = smallModel({ cell: 'gru', hiddenSize: 8 });
  const trainer = new Trainer(model, { optimizer: sgd({ learningRate: 1 }), pastDecode: 1 });
  const norms = Array.from({ length: 60 }, () => trainer.step(batch).gradientNorm);
  t.true((norms.at(-1) ?? NaN) < (norms[0] ?? NaN) / 2, `${norms[0]} → ${norms.at(-1)}`);
  trainer.dispose();
  model.dispose();
});

test.serial('a training goes on with what it decodes by, and with none where it had none', (t) => {
  const model = smallModel({ cell: 'gru' });
  const optimizer = sgd();
  const [without, decoded] = [undefined, 0.5].map((pastDecode) => {
    const trainer = new Trainer(model, { optimizer, pastDecode });
    const state = trainer.state();
    trainer.dispose();
    return state;
  });
  const refused = { instanceOf: InvalidArgumentError, message: /pastDecode/ };
  t.throws(() => new Trainer(model, { optimizer, pastDecode: 0.5, resumeFrom: without }), refused);
  t.throws(() => new Trainer(model, { optimizer, resumeFrom: decoded }), refused);
  for (const pastDecode of [-1, Number.NaN, Infinity, '1' as never])
    t.throws(() => new Trainer(model, { optimizer, pastDecode }), refused);
  const matrix = tf.zeros([3, 3]);
  const past = { weight: 1, matrix, bias: tf.zeros([3]), tokenBias: tf.zeros([7]) };
  for (const changes of [{ weight: -1 }, { matrix: past.bias }, { tokenBias: undefined }, { bias: [1, 2, 3] }])
    t.throws(() => model.totalLoss(batch, undefined, { pastDecode: { ...past, ...changes } as never }), refused);
  tf.dispose([matrix, past.bias, past.tokenBias]);
  model.dispose();
});
