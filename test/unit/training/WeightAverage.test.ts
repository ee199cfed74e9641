import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import { tf } from '../../../src/tf.js';
import '../../support/backend.js';
import { sgd } from '../../../src/training/sgd.js';
import { Trainer } from '../../../src/training/Trainer.js';
import { WeightUpdater } from '../../../src/training/WeightUpdater.js';
import { isClose } from '../../support/closeness.js';
import { smallModel } from '../../support/languageModels.js';
import { leftBehind, nothing } from '../../support/memory.js';

/** A weight that is 1, 2, 3 … after the updates. */
function updater(decay: number): { weight: ReturnType<typeof tf.variable>; updater: WeightUpdater; update(): void } {
  const weight = tf.tidy(() => tf.variable(tf.tensor1d([0])));
  const updater = new WeightUpdater({ weight }, sgd({ learningRate: 1 }), undefined, decay);
  return { weight, updater, update: () => tf.tidy(() => updater.apply({ weight: tf.tensor1d([-1]) }, 1, 1)) };
}

test.serial(
  'the mean of 1, 2 and 3 keeps at first none, then a tenth, then 2/11 of what it was, and then the weight is 3 again',
  (t) => {
    const mean = (2 / 11) * (0.1 * 1 + 0.9 * 2) + (9 / 11) * 3;
    const { weight, updater: one, update } = updater(0.5);
    for (let step = 0; step < 3; step++) update();
    one.showAverage();
    isClose(t, weight.dataSync(), [mean], 1e-6);
    t.deepEqual([...(one.numbers().weights['weight']?.values ?? [])], [3], 'a state has the weights themselves');
    one.showWeights();
    t.deepEqual([...weight.dataSync()], [3]);
    one.dispose();
    isClose(t, weight.dataSync(), [mean], 1e-6, 'at the end, the model has the mean');
    weight.dispose();
  },
);

test.serial('it never keeps more than the decay', (t) => {
  const { weight, updater: one, update } = updater(0.1);
  for (let step = 0; step < 4; step++) update();
  one.dispose();
  isClose(t, weight.dataSync(), [0.1 * (0.1 * (0.1 * 1 + 0.9 * 2) + 0.9 * 3) + 0.9 * 4], 1e-6);
  weight.dispose();
});

test.serial('at a decay of 0, the mean is the weight', (t) => {
  const { weight, updater: one, update } = updater(0);
  update();
  update();
  one.dispose();
  t.deepEqual([...weight.dataSync()], [2]);
  weight.dispose();
});

test.serial('an update while the mean is shown is one of the weights, and no tensor is left', async (t) => {
  t.deepEqual(
    await leftBehind(() => {
      const { weight, updater: one, update } = updater(0.5);
      update();
      one.showAverage();
      one.showAverage();
      update();
      t.deepEqual([...weight.dataSync()], [2]);
      one.showAverage();
      one.dispose();
      weight.dispose();
    }),
    nothing,
  );
});

test.serial('before an update there is no mean: the model stays', (t) => {
  const { weight, updater: one } = updater(0.5);
  one.showAverage();
  one.dispose();
  t.deepEqual([...weight.dataSync()], [0]);
  weight.dispose();
});

test.serial('a state with a mean wants averageDecay, and one without wants none', (t) => {
  const model = smallModel({ cell: 'rnn' });
  const optimizer = sgd();
  const states = [undefined, 0.9].map((averageDecay) => {
    const trainer = new Trainer(model, { optimizer, averageDecay });
    const state = trainer.state();
    trainer.dispose();
    return state;
  });
  const refused = { instanceOf: InvalidArgumentError, message: /averageDecay/ };
  t.throws(() => new Trainer(model, { optimizer, averageDecay: 0.9, resumeFrom: states[0] }), refused);
  t.throws(() => new Trainer(model, { optimizer, resumeFrom: states[1] }), refused);
  t.throws(() => new Trainer(model, { optimizer, averageDecay: 1 }), refused);
  model.dispose();
});
