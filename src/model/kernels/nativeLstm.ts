import type { Node } from './graph/GraphBuilder.js';
import type { NativeCell } from './NativeCell.js';
import { nativeRnn } from './nativeRnn.js';

/** f, i, o = σ(…), g = tanh(…), C_t = f ⊗ C_{t−1} + i ⊗ g, h_t = o ⊗ tanh(C_t). */
export const nativeLstm: NativeCell<{
  state: 'hidden' | 'memory';
  kept: 'forget' | 'input' | 'output' | 'candidate' | 'memory' | 'hidden';
  weights: 'recurrent';
  transposed: 'recurrent';
  sums: 'sums';
}> = {
  ...nativeRnn,
  gates: ['forget', 'input', 'output', 'candidate', 'memory', 'hidden'],
  forward(graph, projected, state, { recurrent }) {
    const sums = graph.add(graph.product(state.hidden, recurrent), projected);
    const [f, i, o, g] = graph.splitColumns(sums, 4) as [Node, Node, Node, Node];
    const [forget, input, output] = [graph.sigmoid(f), graph.sigmoid(i), graph.sigmoid(o)];
    const candidate = graph.tanh(g);
    const memory = graph.add(graph.multiply(forget, state.memory), graph.multiply(input, candidate));
    const hidden = graph.multiply(output, graph.tanh(memory));
    return { forget, input, output, candidate, memory, hidden };
  },
  backward(graph, { gradient, stateBefore, kept }, { recurrent }) {
    const { forget, input, output, candidate, memory } = kept;
    const tangent = graph.tanh(memory);
    const toTangent = graph.multiply(gradient.hidden, output);
    const toMemory = graph.add(gradient.memory, graph.tanhGradient(tangent, toTangent));
    const sums = graph.joinColumns([
      graph.sigmoidGradient(forget, graph.multiply(toMemory, stateBefore.memory)),
      graph.sigmoidGradient(input, graph.multiply(toMemory, candidate)),
      graph.sigmoidGradient(output, graph.multiply(gradient.hidden, tangent)),
      graph.tanhGradient(candidate, graph.multiply(toMemory, input)),
    ]);
    const toMemoryBefore = graph.multiply(toMemory, forget);
    return { state: { hidden: graph.product(sums, recurrent), memory: toMemoryBefore }, sums: { sums } };
  },
};
