import { CellError } from '../errors.js';
import type { Expression } from './Expression.js';
import type { ExpressionGraph } from './ExpressionGraph.js';
import { reachable } from './walk.js';

/**
 * What gives expressions of another graph as expressions of this one, with what is `given` in the place of their leaves.
 * @throws {CellError} when a leaf that they are made of is not given.
 */
export function substitute(
  graph: ExpressionGraph,
  given: ReadonlyMap<Expression, Expression>,
): (expression: Expression) => Expression {
  const copies = new Map(given);
  const copy = ({ operation, args, attributes }: Expression): Expression => {
    if (operation === 'constant') return graph.constant(attributes.value ?? 0);
    if (operation === 'leaf') throw new CellError(`Expected ${attributes.name} to be given`);
    return graph.make(
      operation,
      args.map((arg) => copies.get(arg) as Expression),
      attributes,
    );
  };
  return (expression) => {
    for (const of of reachable([expression], (of) => !copies.has(of))) copies.set(of, copy(of));
    return copies.get(expression) as Expression;
  };
}
