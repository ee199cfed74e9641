import type { LayerGradients, NativeCell, Nodes } from '../NativeCell.js';
import type { GraphBuilder, Node } from './GraphBuilder.js';
import type { Groups } from './LoadedGraph.js';

/** There are graphs of so many time steps; of a sequence, the larger ones take what they can. */
export const GRAPH_STEPS = [16, 4, 1] as const;

/**
 * A cell forward through so many time steps in a row: from x·W_x + b of all of them, `[time·batch × blocks·hidden]`, the state
 * `before` them, and the cell's weights. Gives the state `after` them, and what is `kept`, `[time·batch × hidden]`
 * each: all that the cell keeps, or the hidden states alone.
 */
export function stepsForward(
  graph: GraphBuilder,
  cell: NativeCell,
  steps: number,
  keep: 'everything' | 'hidden',
  { rows, before, weights }: Groups<Node, 'rows' | 'before' | 'weights'>,
): Groups<Node, 'after' | 'kept'> {
  let now: Nodes = before;
  const made: Nodes[] = [];
  for (const projected of graph.splitRows(nodeOf(rows, 'projected'), steps)) {
    now = cell.forward(graph, projected, now, weights);
    made.push(now);
  }
  return {
    after: byName(Object.keys(before), (part) => nodeOf(now, part)),
    kept: ofAllSteps(graph, made, keep === 'everything' ? Object.keys(now) : ['hidden']),
  };
}

/**
 * The way back through them: from ∂loss/∂hidden of each but for what comes through later ones, `fromAbove [time·batch ×
 * hidden]`, the `gradient` of the state after the last one, the state `before` the first one, what was `kept`, and the
 * cell's transposed weights. Gives the `gradient` of the state before the first one, and those `ofWeights`.
 */
export function stepsBackward(
  graph: GraphBuilder,
  cell: NativeCell,
  steps: number,
  { rows, gradient, before, kept, weights }: Groups<Node, 'rows' | 'gradient' | 'before' | 'kept' | 'weights'>,
): { readonly gradient: Nodes; readonly ofWeights: LayerGradients } {
  const fromAbove = graph.splitRows(nodeOf(rows, 'fromAbove'), steps);
  const past = Object.entries(kept).map(([name, whole]) => [name, graph.splitRows(whole, steps)] as const);
  const keptOf = (at: number): Nodes => Object.fromEntries(past.map(([name, nodes]) => [name, nodes[at] as Node]));
  let now: Nodes = gradient;
  const sums: Nodes[] = [];
  const hiddenBefore: Node[] = [];
  for (let at = steps - 1; at >= 0; at--) {
    const stateBefore = at === 0 ? before : keptOf(at - 1);
    const hidden = graph.add(fromAbove[at] as Node, nodeOf(now, 'hidden'));
    const back = cell.backward(graph, { gradient: { ...now, hidden }, stateBefore, kept: keptOf(at) }, weights);
    now = back.state;
    sums.unshift(back.sums);
    hiddenBefore.unshift(nodeOf(stateBefore, 'hidden'));
  }
  const wholeSums = ofAllSteps(graph, sums, Object.keys(sums[0] ?? {}));
  return { gradient: now, ofWeights: cell.gradients(graph, wholeSums, graph.joinRows(hiddenBefore)) };
}

function ofAllSteps(graph: GraphBuilder, steps: readonly Nodes[], names: readonly string[]): Nodes {
  return byName(names, (name) => graph.joinRows(steps.map((step) => nodeOf(step, name))));
}

function byName(names: readonly string[], value: (name: string) => Node): Nodes {
  return Object.fromEntries(names.map((name) => [name, value(name)]));
}

function nodeOf(nodes: Nodes, name: string): Node {
  const node = nodes[name];
  if (node === undefined) throw new TypeError(`There is no ${name} among ${Object.keys(nodes).join(', ')}`);
  return node;
}
