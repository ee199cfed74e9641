import { addOuterProduct, addTo, each, product, sigmoid, sum, tanh, transposedProduct } from './arrays.js';
import { type Cell, gate } from './cell.js';

/**
 * The variant of cuDNN and PyTorch: z, r = σ(x·W + h·U + b), n = tanh(x·W + b + r⊗(h·U + recurrentBias)), each with
 * its own W, U and b; h_t = (1−z)⊗h + z⊗n.
 */
export const gruResetAfter: Cell = (weights, gradients, x, { hidden: h, memory }) => {
  const [zGate, rGate, nGate] = [gate(weights, 0, 3), gate(weights, 1, 3), gate(weights, 2, 3)];
  const z = sigmoid(sum(product(x, zGate.w), product(h, zGate.u), zGate.b));
  const r = sigmoid(sum(product(x, rGate.w), product(h, rGate.u), rGate.b));
  const q = sum(product(h, nGate.u), weights.recurrentBias?.data);
  const n = tanh(
    sum(
      product(x, nGate.w),
      nGate.b,
      each((r, q) => r * q, r, q),
    ),
  );
  const hidden = each((z, h, n) => (1 - z) * h + z * n, z, h, n);
  return {
    state: { hidden, memory },
    gates: { update: z, reset: r, candidate: n, hidden },
    backward(gradient) {
      const aN = each((dh, z, n) => dh * z * (1 - n * n), gradient.hidden, z, n);
      const dQ = each((aN, r) => aN * r, aN, r);
      const aR = each((aN, q, r) => aN * q * r * (1 - r), aN, q, r);
      const aZ = each((dh, n, h, z) => dh * (n - h) * z * (1 - z), gradient.hidden, n, h, z);
      const parts = [
        { a: aZ, recurrent: aZ },
        { a: aR, recurrent: aR },
        { a: aN, recurrent: dQ },
      ];
      for (const [k, { a, recurrent }] of parts.entries()) {
        const d = gate(gradients, k, 3);
        addOuterProduct(d.w, x, a);
        addOuterProduct(d.u, h, recurrent);
        if (d.b) addTo(d.b, a);
      }
      if (gradients.recurrentBias) addTo(gradients.recurrentBias.data, dQ);
      return {
        input: sum(transposedProduct(aZ, zGate.w), transposedProduct(aR, rGate.w), transposedProduct(aN, nGate.w)),
        previous: {
          hidden: sum(
            each((dh, z) => dh * (1 - z), gradient.hidden, z),
            transposedProduct(aZ, zGate.u),
            transposedProduct(aR, rGate.u),
            transposedProduct(dQ, nGate.u),
          ),
          memory,
        },
      };
    },
  };
};
