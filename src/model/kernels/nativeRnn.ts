import type { NativeCell } from './NativeCell.js';
import type { Id } from './NativeOperations.js';
import { stepByStep } from './stepByStep.js';

/** h_t = tanh(x·W_x + b + h_{t−1}·W_h). */
export const nativeRnn: NativeCell = {
  parts: [[0]],
  run(native, setting) {
    const weights = setting.recurrentWeights[0] as Id;
    const transposed = native.transpose(weights);
    return stepByStep(native, setting, {
      forward([projected], hidden) {
        const product = native.product(hidden, weights);
        const sum = native.add(product, projected as Id);
        const next = native.tanh(sum);
        native.free(product, sum, projected as Id);
        return next;
      },
      backward(_, [gradient], { now }) {
        const sums = native.tanhGradient(now, gradient as Id);
        native.free(gradient as Id);
        return { sums: [sums], state: [native.product(sums, transposed)] };
      },
      gates: () => ({}),
    });
  },
};
