import { addOuterProduct, addTo, each, product, sum, tanh, transposedProduct } from './arrays.js';
import { type Cell, gate } from './cell.js';

/** h_t = tanh(x·W + h·U + b). */
export const rnn: Cell = (weights, gradients, x, { hidden: h, memory }) => {
  const { w, u, b } = gate(weights, 0, 1);
  const hidden = tanh(sum(product(x, w), product(h, u), b));
  return {
    state: { hidden, memory },
    gates: { hidden },
    backward(gradient) {
      const a = each((dh, y) => dh * (1 - y * y), gradient.hidden, hidden);
      const d = gate(gradients, 0, 1);
      addOuterProduct(d.w, x, a);
      addOuterProduct(d.u, h, a);
      if (d.b) addTo(d.b, a);
      return { input: transposedProduct(a, w), previous: { hidden: transposedProduct(a, u), memory } };
    },
  };
};
