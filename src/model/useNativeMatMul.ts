import type { Tensor } from '@tensorflow/tfjs';
import type { NativeBackend } from '../graph/run/tensorflow/nativeBinding.js';
import { tf } from '../tf.js';

let inUse = false;

/**
 * Makes `tf.matMul` of two float matrices TensorFlow's `MatMul` on the native backend, also for others who use this tfjs.
 * tfjs-node calls `BatchMatMulV2` for it, for which TensorFlow keeps compiled code for each of the last 1,024 shapes in every
 * thread, about 280 kB a shape: nearly 300 MB in a process that decodes with models of changing shapes.
 */
export function useNativeMatMul(): void {
  if (inUse) return;
  inUse = true;
  const batched = tf.getKernel(tf.BatchMatMul, 'tensorflow');
  // tfjs warns when a kernel is registered twice.
  tf.unregisterKernel(tf.BatchMatMul, 'tensorflow');
  tf.registerKernel({
    ...batched,
    kernelFunc: (call) => {
      const { a, b } = call.inputs as { a: Tensor; b: Tensor };
      if (!isFloatMatrix(a) || !isFloatMatrix(b)) return batched.kernelFunc(call);
      const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
      const backend = call.backend as NativeBackend;
      const { binding } = backend;
      const attributes = [
        { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
        { name: 'transpose_a', type: binding.TF_ATTR_BOOL, value: transposeA },
        { name: 'transpose_b', type: binding.TF_ATTR_BOOL, value: transposeB },
      ];
      const [product] = binding.executeOp('MatMul', attributes, backend.getInputTensorIds([a, b]), 1);
      return backend.createOutputTensor(product as NonNullable<typeof product>);
    },
  });
}

function isFloatMatrix({ shape, dtype }: Tensor): boolean {
  return shape.length === 2 && dtype === 'float32';
}
