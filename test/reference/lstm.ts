import { addOuterProduct, addTo, each, product, sigmoid, sum, tanh, transposedProduct, type Vector } from './arrays.js';
import { type Cell, type Gate, gate } from './cell.js';

/**
 * f, i, o = σ(x·W + h·U + b), g = tanh(x·W + h·U + b), each with its own W, U and b;
 * C_t = f⊗C + i⊗g; h_t = o⊗tanh(C_t).
 */
export const lstm: Cell = (weights, gradients, x, { hidden: h, memory: c }) => {
  const gates = [0, 1, 2, 3].map((k) => gate(weights, k, 4)) as [Gate, Gate, Gate, Gate];
  const activation = ({ w, u, b }: Gate) => sum(product(x, w), product(h, u), b);
  const f = sigmoid(activation(gates[0]));
  const i = sigmoid(activation(gates[1]));
  const o = sigmoid(activation(gates[2]));
  const g = tanh(activation(gates[3]));
  const memory = each((f, c, i, g) => f * c + i * g, f, c, i, g);
  const hidden = each((o, c) => o * Math.tanh(c), o, memory);
  return {
    state: { hidden, memory },
    gates: { forget: f, input: i, output: o, candidate: g, memory, hidden },
    backward(gradient) {
      const dC = each(
        (dC, dh, o, c) => dC + dh * o * (1 - Math.tanh(c) ** 2),
        gradient.memory,
        gradient.hidden,
        o,
        memory,
      );
      const activations: Vector[] = [
        each((dC, c, f) => dC * c * f * (1 - f), dC, c, f),
        each((dC, g, i) => dC * g * i * (1 - i), dC, g, i),
        each((dh, c, o) => dh * Math.tanh(c) * o * (1 - o), gradient.hidden, memory, o),
        each((dC, i, g) => dC * i * (1 - g * g), dC, i, g),
      ];
      const input = new Float64Array(x.length);
      const previousHidden = new Float64Array(h.length);
      for (const [k, a] of activations.entries()) {
        const { w, u } = gate(weights, k, 4);
        const d = gate(gradients, k, 4);
        addOuterProduct(d.w, x, a);
        addOuterProduct(d.u, h, a);
        if (d.b) addTo(d.b, a);
        addTo(input, transposedProduct(a, w));
        addTo(previousHidden, transposedProduct(a, u));
      }
      return { input, previous: { hidden: previousHidden, memory: each((dC, f) => dC * f, dC, f) } };
    },
  };
};
