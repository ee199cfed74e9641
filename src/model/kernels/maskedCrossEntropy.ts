import * as tf from '@tensorflow/tfjs';

/**
 * Σ mask·(−log p) in nats over all rows: the log-probability of each row's target times the mask, summed.
 *
 * `logits [rows × vocabulary]`, `targets [rows]`, `mask [rows]`. The gradient of a row is mask·(softmax − one-hot),
 * computed here in closed form; where the mask is 0 it is exactly 0.
 */
export function maskedCrossEntropy(logits: tf.Tensor2D, targets: tf.Tensor1D, mask: tf.Tensor1D): tf.Scalar {
  const rows = tf.range(0, targets.shape[0], 1, 'int32');
  const places = tf.stack([rows, targets], 1);
  const loss = tf.customGrad((...args) => {
    const [values, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    const logProbabilities = tf.logSoftmax(values);
    save([logProbabilities, places, mask]);
    return {
      value: tf.neg(tf.sum(tf.mul(tf.gatherND(logProbabilities, places), mask))),
      gradFunc: (dy, saved) => {
        const [logP, place, weights] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
        const scale = tf.mul(weights, dy);
        const expected = tf.mul(tf.exp(logP), tf.expandDims(scale, 1));
        return [tf.sub(expected, tf.scatterND(place, scale, logP.shape))];
      },
    };
  });
  return loss(logits) as tf.Scalar;
}
