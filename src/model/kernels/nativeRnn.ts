import type { NativeCell } from './NativeCell.js';

/** h_t = tanh(x·W_x + b + h_{t−1}·W_h). */
export const nativeRnn: NativeCell<{
  state: 'hidden';
  kept: 'hidden';
  weights: 'recurrent';
  transposed: 'recurrent';
  sums: 'sums';
}> = {
  gates: ['hidden'],
  weights: (_, { recurrentWeights }) => ({ recurrent: recurrentWeights }),
  transposed: (native, { recurrentWeights }) => ({ recurrent: native.transpose(recurrentWeights) }),
  forward: (graph, projected, { hidden }, { recurrent }) => ({
    hidden: graph.tanh(graph.add(graph.product(hidden, recurrent), projected)),
  }),
  backward(graph, { gradient, kept }, { recurrent }) {
    const sums = graph.tanhGradient(kept.hidden, gradient.hidden);
    return { state: { hidden: graph.product(sums, recurrent) }, sums: { sums } };
  },
  gradients: (graph, { sums }, hiddenBefore) => ({
    projected: sums,
    recurrentWeights: graph.productOfTransposed(hiddenBefore, sums),
  }),
};
