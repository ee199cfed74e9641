import * as tf from '@tensorflow/tfjs';

/**
 * Looks up rows of an embedding table `[vocabulary × size]`: ids `[rows]` → `[rows × size]`.
 *
 * The gradient adds up the rows' gradients by id with a scatter, which every backend has (the gradient that tfjs gives
 * `gather` needs a kernel that wasm lacks).
 */
export function embeddingLookup(table: tf.Tensor2D, ids: tf.Tensor1D): tf.Tensor2D {
  const lookup = tf.customGrad((...args) => {
    const [embedding, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    save([ids]);
    return {
      value: tf.gather(embedding, ids),
      gradFunc: (dy, saved) => [tf.scatterND(tf.expandDims(saved[0] as tf.Tensor1D, 1), dy, embedding.shape)],
    };
  });
  return lookup(table) as tf.Tensor2D;
}
