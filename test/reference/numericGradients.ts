import { at, type ReferenceTensors } from './arrays.js';

const STEP = 1e-3;

/**
 * The gradients of a function of tensors by central finite differences of fourth order,
 * f′ ≈ (8·(f(x+s) − f(x−s)) − (f(x+2s) − f(x−2s))) / 12s: in float64 their error is around 1e-12.
 */
export function numericGradients(
  loss: (tensors: ReferenceTensors) => number,
  tensors: ReferenceTensors,
): ReferenceTensors {
  const derivative = (data: Float64Array, index: number): number => {
    const value = at(data, index);
    const lossAt = (steps: number): number => {
      data[index] = value + steps * STEP;
      return loss(tensors);
    };
    const result = (8 * (lossAt(1) - lossAt(-1)) - (lossAt(2) - lossAt(-2))) / (12 * STEP);
    data[index] = value;
    return result;
  };
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [
      name,
      { shape, data: Float64Array.from(data, (_, index) => derivative(data, index)) },
    ]),
  );
}
