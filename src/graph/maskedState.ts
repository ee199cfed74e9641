import type { Expression } from './Expression.js';
import { ExpressionGraph } from './ExpressionGraph.js';
import { isBatch } from './Shape.js';
import type { TracedCell } from './TracedCell.js';
import { reachable } from './walk.js';

/**
 * The cell with its recurrent state masked (Gal and Ghahramani, “A theoretically grounded application of dropout in recurrent neural
 * networks”, 2016): whatever depends on the state and meets a matrix on its way to the next state is multiplied by a mask first, `held` over all time
 * steps, one for each width; what is carried on number by number is not, so that nothing is forgotten, and neither is what goes to the output alone.
 */
export function maskedState(cell: TracedCell): TracedCell {
  const graph = new ExpressionGraph();
  const copies = new Map<Expression, Expression>();
  const held: Record<string, Expression> = {};
  const recurrent = new Set(recurrentProducts(cell));
  const copied = (of: Expression): Expression => copies.get(of) as Expression;
  const mask = (width: number): Expression => {
    const name = `mask${width}`;
    // Of the state, as it is another for each sequence; and a leaf that is no part of it, so nothing asks for its gradient.
    held[name] ??= graph.leaf(name, ['batch', width], 'state');
    return held[name];
  };
  const copy = (of: Expression): Expression => {
    const { operation, attributes, shape, dependence } = of;
    if (operation === 'leaf') return graph.leaf(attributes.name ?? '', shape, dependence);
    if (operation === 'constant') return graph.constant(attributes.value ?? 0);
    const args = of.args.map(copied);
    const [left, ...others] = args;
    if (left && recurrent.has(of)) return graph.make(operation, [left.times(mask(left.width)), ...others], attributes);
    return graph.make(operation, args, attributes);
  };
  const { input, state, weights, output, next, gates, masks } = cell;
  const given = [input, ...Object.values(state), ...Object.values(weights)];
  for (const of of reachable([...given, output, ...Object.values(next), ...Object.values(gates)], () => true))
    copies.set(of, copy(of));
  const all = (named: TracedCell['state']): TracedCell['state'] =>
    Object.fromEntries(Object.entries(named).map(([name, of]) => [name, copied(of)]));
  return {
    ...{ graph, input: copied(input), output: copied(output), held },
    ...{ state: all(state), weights: all(weights), next: all(next), gates: all(gates) },
    ...(masks && { masks: all(masks) }),
  };
}

/** The names of the weights that meet, in a product, what depends on the state, on its way to the next state. */
export function recurrentWeights(cell: TracedCell): string[] {
  const matrices = recurrentProducts(cell).flatMap(({ args: [, matrix] }) => matrix ?? []);
  const met = new Set(reachable(matrices, () => true));
  return Object.entries(cell.weights).flatMap(([name, weight]) =>
    weight.shape.length === 2 && met.has(weight) ? [name] : [],
  );
}

function recurrentProducts({ next }: TracedCell): Expression[] {
  return reachable(Object.values(next), () => true).filter(
    ({ operation, args: [left, right] }) =>
      operation === 'product' && left?.dependence === 'state' && right?.dependence === 'weights' && isBatch(left.shape),
  );
}
