import { tf } from '../../src/tf.js';

/** How many tensors and buffers an action leaves behind. Only for `test.serial`: others' tensors count too. */
export async function leftBehind(action: () => unknown): Promise<{ tensors: number; buffers: number }> {
  const before = tf.memory();
  await action();
  const after = tf.memory();
  return { tensors: after.numTensors - before.numTensors, buffers: after.numDataBuffers - before.numDataBuffers };
}

/** How many tensors TensorFlow itself holds for the native backend, in use. */
export function nativeTensors(): number {
  return (tf.backend() as unknown as { binding: { getNumOfTensors(): number } }).binding.getNumOfTensors();
}

/** Runs an action and frees the tensors it made, like `tf.tidy`, but its result may be anything. */
export function scoped<T>(action: () => T): T {
  tf.engine().startScope();
  try {
    return action();
  } finally {
    tf.engine().endScope();
  }
}

/** What an action leaves behind that leaks nothing. */
export const nothing = { tensors: 0, buffers: 0 };
