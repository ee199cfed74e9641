import test from 'ava';
import { InvalidArgumentError } from '../../../src/errors.js';
import '../../support/backend.js';
import { sgd } from '../../../src/training/sgd.js';
import { Trainer } from '../../../src/training/Trainer.js';
import { isClose } from '../../support/closeness.js';
import { smallModel, weightsOf } from '../../support/languageModels.js';

const VOCABULARY = 7;
const batch = {
  ids: Int32Array.of(3, 4, 1),
  mask: Float32Array.of(1, 1, 1),
  lengths: Int32Array.of(3),
  ...{ size: 1, length: 3, tokens: 3 },
};

/** What a step of rate 1 makes of a model's weights, and its loss. */
function stepOf(labelSmoothing: number | undefined) {
  const model = smallModel({ cell: 'gru' });
  const trainer = new Trainer(model, { optimizer: sgd({ learningRate: 1 }), labelSmoothing });
  const { loss } = trainer.step(batch);
  trainer.dispose();
  const weights = weightsOf(model);
  model.dispose();
  return { loss, weights };
}

test.serial('the bias moves by the counts of targets, smoothed, less the probabilities', (t) => {
  const [plain, smoothed] = [stepOf(undefined), stepOf(0.2)];
  t.is(smoothed.loss, plain.loss, 'what is told is −log p');
  const [one, other] = [plain, smoothed].map(({ weights }) => weights['projectionBias']?.data ?? t.fail());
  // Of three tokens, each a third: 0.2 of a one-hot goes, and 0.2/7 comes to each id.
  const counts = [0, 1, 0, 1, 1, 0, 0];
  const expected = counts.map((count, id) => (one?.[id] ?? NaN) - (0.2 * count) / 3 + 0.2 / VOCABULARY);
  isClose(t, other ?? [], expected, 1e-6);
});

test.serial('a share of 0 is none, to the bit', (t) => {
  t.deepEqual(stepOf(0), stepOf(undefined));
});

test.serial('a share that is none is refused', (t) => {
  const model = smallModel({ cell: 'gru' });
  for (const labelSmoothing of [1, -0.1, Number.NaN, '0.1' as never])
    t.throws(() => new Trainer(model, { optimizer: sgd(), labelSmoothing }), {
      instanceOf: InvalidArgumentError,
      message: /labelSmoothing/,
    });
  model.dispose();
});
