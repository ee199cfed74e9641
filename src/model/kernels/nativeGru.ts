import type { GraphBuilder, Node } from './graph/GraphBuilder.js';
import type { NativeCell, Nodes } from './NativeCell.js';
import { nativeRnn } from './nativeRnn.js';

/**
 * z, r = σ(…), candidate = tanh(x·W_x + b + (r ⊗ h_{t−1})·W_h), h_t = h_{t−1} + z ⊗ (candidate − h_{t−1}).
 */
export const nativeGru: NativeCell<{
  state: 'hidden';
  kept: 'update' | 'reset' | 'candidate' | 'hidden';
  weights: 'gates' | 'candidate';
  transposed: 'gates' | 'candidate';
  /** `reset` is r ⊗ h_{t−1}. */
  sums: 'gates' | 'candidate' | 'reset';
}> = {
  gates: ['update', 'reset', 'hidden'],
  weights(native, { recurrentWeights }) {
    const [z, r, candidate] = native.splitColumns(recurrentWeights, 3) as [number, number, number];
    const gates = native.joinColumns([z, r]);
    native.free(z, r);
    return { gates, candidate };
  },
  transposed(native, weights) {
    const { gates, candidate } = this.weights(native, weights);
    return { gates: native.transpose(gates), candidate: native.transpose(candidate) };
  },
  forward(graph, projected, { hidden }, weights) {
    const [xUpdate, xReset, xCandidate] = graph.splitColumns(projected, 3) as [Node, Node, Node];
    const [hUpdate, hReset] = graph.splitColumns(graph.product(hidden, weights.gates), 2) as [Node, Node];
    const update = graph.sigmoid(graph.add(xUpdate, hUpdate));
    const reset = graph.sigmoid(graph.add(xReset, hReset));
    const hCandidate = graph.product(graph.multiply(reset, hidden), weights.candidate);
    const candidate = graph.tanh(graph.add(xCandidate, hCandidate));
    return { update, reset, candidate, hidden: blend(graph, hidden, update, candidate) };
  },
  backward(graph, step, transposed) {
    const { reset } = step.kept;
    const { hidden } = step.stateBefore;
    const { kept, update, candidate } = throughBlend(graph, step);
    const toReset = graph.product(candidate, transposed.candidate);
    const gates = graph.joinColumns([update, graph.sigmoidGradient(reset, graph.multiply(toReset, hidden))]);
    const throughSums = graph.add(graph.product(gates, transposed.gates), graph.multiply(toReset, reset));
    return {
      state: { hidden: graph.add(kept, throughSums) },
      sums: { gates, candidate, reset: graph.multiply(reset, hidden) },
    };
  },
  gradients: (graph, { gates, candidate, reset }, hiddenBefore) => ({
    projected: graph.joinColumns([gates, candidate]),
    recurrentWeights: graph.joinColumns([
      graph.productOfTransposed(hiddenBefore, gates),
      graph.productOfTransposed(reset, candidate),
    ]),
  }),
};

/** The same with candidate = tanh(x·W_x + b + r ⊗ (h_{t−1}·W_h + recurrentBias)). */
export const nativeGruResetAfter: NativeCell<{
  state: 'hidden';
  /** `product` is h_{t−1}·W_h + recurrentBias. */
  kept: 'update' | 'reset' | 'candidate' | 'product' | 'hidden';
  weights: 'recurrent' | 'bias';
  transposed: 'recurrent';
  /** `products` are gradients of h_{t−1}·W_h, `projected` those of x·W_x + b. */
  sums: 'products' | 'projected';
}> = {
  gates: nativeGru.gates,
  weights: (native, { recurrentWeights, recurrentBias, hiddenSize }) => ({
    recurrent: recurrentWeights,
    bias: recurrentBias ?? native.zeros([hiddenSize]),
  }),
  transposed: nativeRnn.transposed,
  forward(graph, projected, { hidden }, { recurrent, bias }) {
    const [xUpdate, xReset, xCandidate] = graph.splitColumns(projected, 3) as [Node, Node, Node];
    const products = graph.splitColumns(graph.product(hidden, recurrent), 3) as [Node, Node, Node];
    const update = graph.sigmoid(graph.add(xUpdate, products[0]));
    const reset = graph.sigmoid(graph.add(xReset, products[1]));
    const product = graph.addToRows(products[2], bias);
    const candidate = graph.tanh(graph.add(xCandidate, graph.multiply(reset, product)));
    return { update, reset, candidate, product, hidden: blend(graph, hidden, update, candidate) };
  },
  backward(graph, step, { recurrent }) {
    const { reset, product } = step.kept;
    const { kept, update, candidate } = throughBlend(graph, step);
    const toReset = graph.sigmoidGradient(reset, graph.multiply(candidate, product));
    const products = graph.joinColumns([update, toReset, graph.multiply(candidate, reset)]);
    return {
      state: { hidden: graph.add(kept, graph.product(products, recurrent)) },
      sums: { products, projected: graph.joinColumns([update, toReset, candidate]) },
    };
  },
  gradients: (graph, { products, projected }, hiddenBefore) => ({
    projected,
    recurrentWeights: graph.productOfTransposed(hiddenBefore, products),
    recurrentBias: graph.splitRows(graph.sumOfRows(products), 3)[2] as Node,
  }),
};

/** h + z ⊗ (candidate − h) */
function blend(graph: GraphBuilder, hidden: Node, update: Node, candidate: Node): Node {
  return graph.add(hidden, graph.multiply(update, graph.subtract(candidate, hidden)));
}

/** The way back through `blend`: gradients of the sums of z and of the candidate, and what of the gradient h keeps. */
function throughBlend(
  graph: GraphBuilder,
  {
    gradient,
    stateBefore,
    kept,
  }: { gradient: Nodes<'hidden'>; stateBefore: Nodes<'hidden'>; kept: Nodes<'update' | 'candidate'> },
): Nodes<'kept' | 'update' | 'candidate'> {
  const toCandidate = graph.multiply(gradient.hidden, kept.update);
  const change = graph.subtract(kept.candidate, stateBefore.hidden);
  return {
    kept: graph.subtract(gradient.hidden, toCandidate),
    update: graph.sigmoidGradient(kept.update, graph.multiply(gradient.hidden, change)),
    candidate: graph.tanhGradient(kept.candidate, toCandidate),
  };
}
