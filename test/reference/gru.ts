import { addOuterProduct, addTo, each, product, sigmoid, sum, tanh, transposedProduct } from './arrays.js';
import { type Cell, gate } from './cell.js';

/**
 * z, r = σ(x·W + h·U + b), n = tanh(x·W + (r⊗h)·U + b), each with its own W, U and b;
 * h_t = (1−z)⊗h + z⊗n.
 */
export const gru: Cell = (weights, gradients, x, { hidden: h, memory }) => {
  const [zGate, rGate, nGate] = [gate(weights, 0, 3), gate(weights, 1, 3), gate(weights, 2, 3)];
  const z = sigmoid(sum(product(x, zGate.w), product(h, zGate.u), zGate.b));
  const r = sigmoid(sum(product(x, rGate.w), product(h, rGate.u), rGate.b));
  const rh = each((r, h) => r * h, r, h);
  const n = tanh(sum(product(x, nGate.w), product(rh, nGate.u), nGate.b));
  const hidden = each((z, h, n) => (1 - z) * h + z * n, z, h, n);
  return {
    state: { hidden, memory },
    gates: { update: z, reset: r, candidate: n, hidden },
    backward(gradient) {
      const aN = each((dh, z, n) => dh * z * (1 - n * n), gradient.hidden, z, n);
      const dRh = transposedProduct(aN, nGate.u);
      const aR = each((dRh, h, r) => dRh * h * r * (1 - r), dRh, h, r);
      const aZ = each((dh, n, h, z) => dh * (n - h) * z * (1 - z), gradient.hidden, n, h, z);
      const parts = [
        { a: aZ, recurrent: h },
        { a: aR, recurrent: h },
        { a: aN, recurrent: rh },
      ];
      for (const [k, { a, recurrent }] of parts.entries()) {
        const d = gate(gradients, k, 3);
        addOuterProduct(d.w, x, a);
        addOuterProduct(d.u, recurrent, a);
        if (d.b) addTo(d.b, a);
      }
      return {
        input: sum(transposedProduct(aZ, zGate.w), transposedProduct(aR, rGate.w), transposedProduct(aN, nGate.w)),
        previous: {
          hidden: sum(
            each((dh, z, dRh, r) => dh * (1 - z) + dRh * r, gradient.hidden, z, dRh, r),
            transposedProduct(aZ, zGate.u),
            transposedProduct(aR, rGate.u),
          ),
          memory,
        },
      };
    },
  };
};
