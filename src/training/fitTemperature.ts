import type { Tensor } from '@tensorflow/tfjs';
import { InvalidArgumentError } from '../errors.js';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { Batch } from '../pipeline/Batch.js';
import { tf } from '../tf.js';
import { evaluate } from './evaluate.js';

/** How far from its middle, as a share of that, a parabola is laid through three losses, and then once more, closer. */
const REACHES = [0.15, 0.03];

/**
 * Finds the temperature at which a model's loss on a text is the lowest (Guo, Pleiss, Sun and Weinberger, “On calibration of modern neural
 * networks”, 2017), and divides its logits by that, in the weights of the projection: so it is saved with the model, and every decoder begins there.
 * Take text that the model has not learned from. The text is read seven times. Resolves to the temperature: above 1, the model was too sure.
 *
 * @throws {InvalidArgumentError} when the projection is tied to the embedding, or a batch is not for this model; the weights stay as they were.
 * @throws {SourceError} when there is no batch; likewise.
 * @throws {NonFiniteError} when the loss is not finite; likewise.
 */
export async function fitTemperature(model: LanguageModel, batches: AsyncIterable<Batch>): Promise<number> {
  const { projection, projectionBias } = model.weights;
  if (!projection || !projectionBias)
    throw new InvalidArgumentError('Expected a model with a projection of its own, got one with tieWeights', {
      options: ['model'],
    });
  const pairs = [projection, projectionBias].map((weight) => ({
    weight,
    was: tf.tidy(() => tf.keep(tf.clone(weight))),
  }));
  /** Logits times so much: the loss is convex in that. */
  const scale = (by: number): void => {
    for (const { weight, was } of pairs) tf.tidy(() => weight.assign(tf.mul<Tensor>(was, by)));
  };
  const known = new Map<number, number>();
  const lossAt = async (by: number): Promise<number> => {
    const before = known.get(by);
    if (before !== undefined) return before;
    scale(by);
    const { natsPerToken } = await evaluate(model, batches);
    known.set(by, natsPerToken);
    return natsPerToken;
  };
  let best = 1;
  try {
    let middle = 1;
    for (const reach of REACHES) {
      const apart = reach * middle;
      const [low, at, high] = [await lossAt(middle - apart), await lossAt(middle), await lossAt(middle + apart)];
      const curve = low - 2 * at + high;
      const step = curve > 0 ? (apart * (low - high)) / (2 * curve) : 0;
      // By half of it at most: a scale of 0 is no temperature.
      middle += Math.max(-middle / 2, Math.min(step, middle / 2));
      await lossAt(middle);
    }
    best = [...known].reduce((least, one) => (one[1] < least[1] ? one : least), [1, await lossAt(1)])[0];
    return 1 / best;
  } finally {
    scale(best);
    tf.dispose(pairs.map(({ was }) => was));
  }
}
