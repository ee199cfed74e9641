import type { Operations } from '../../graph/Interpreter.js';
import type { ProductOfTransposed } from '../../graph/steps.js';

/**
 * What the products that make gradients of layers' weights are computed in. `bfloat16` has 8 binary digits, and half the bytes: processors that
 * multiply it (AVX512_BF16, AMX) do so at twice the speed and more, others more slowly. Sums over time stay float32.
 */
export type GradientPrecision = 'float32' | 'bfloat16';

/** aᵀ·b in a precision. */
export function gradientProduct<T>(on: Operations<T>, precision: GradientPrecision): ProductOfTransposed<T> {
  return precision === 'bfloat16'
    ? (a, b) => on.roughProductOfTransposed(a, b)
    : (a, b) => on.productOfTransposed(a, b);
}
