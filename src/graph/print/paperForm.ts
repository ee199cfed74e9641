import type { Expression } from '../Expression.js';
import { ExpressionGraph } from '../ExpressionGraph.js';
import { oneMinus } from '../functions.js';
import { isElementwise } from '../operationNames.js';
import type { TracedCell } from '../TracedCell.js';
import { approachOf, normalisedBy } from './patterns.js';

type Given = Pick<TracedCell, 'next' | 'output' | 'gates'>;

/**
 * A cell's equation as it is written on paper, in a graph of its own. Blocks of columns are taken of what is given, not of what is
 * computed: not the second block of `x·W`, but x times the second block of W. And `h + z ⊗ (c − h)` is `(1 − z) ⊗ h + z ⊗ c`.
 */
export function paperForm({ next, output, gates }: Given): Given {
  const graph = new ExpressionGraph();
  const named = new Set([...Object.values(next), output, ...Object.values(gates)]);
  const known = new Map<string, Expression>();
  const whole = (expression: Expression): Expression => columns(expression, 0, expression.width);

  const columns = (expression: Expression, from: number, to: number): Expression => {
    const key = `${expression.id},${from},${to}`;
    const made = known.get(key) ?? make(expression, from, to);
    known.set(key, made);
    return made;
  };

  const make = (expression: Expression, from: number, to: number): Expression => {
    const { operation, args, attributes, width } = expression;
    const [first, second] = args;
    const same = (arg: Expression): Expression => (arg.width === width ? columns(arg, from, to) : whole(arg));
    if (operation === 'leaf')
      return graph.leaf(attributes.name ?? '', expression.shape, expression.dependence).columns(from, to);
    if (operation === 'constant') return graph.constant(attributes.value ?? 0);
    if (operation === 'columns' && first) {
      const { from: start = 0 } = attributes;
      return columns(first, start + from, start + to);
    }
    if (operation === 'product' && first && second) return whole(first).dot(columns(second, from, to));
    if (operation === 'join') {
      const parts = joined(args, from, to);
      return parts.length === 1 && parts[0] ? parts[0] : graph.make('join', parts);
    }
    const approach = approachOf(expression, (inner) => !named.has(inner));
    if (approach) {
      const share = same(approach.share);
      return oneMinus(share)
        .times(same(approach.from))
        .plus(share.times(same(approach.to)));
    }
    if (isElementwise(operation) && !normalisedBy(expression)) return graph.make(operation, args.map(same), attributes);
    return graph.make(operation, args.map(whole), attributes).columns(from, to);
  };

  const joined = (parts: readonly Expression[], from: number, to: number): Expression[] => {
    let start = 0;
    return parts.flatMap((part) => {
      const [first, last] = [Math.max(from - start, 0), Math.min(to - start, part.width)];
      start += part.width;
      return first < last ? [columns(part, first, last)] : [];
    });
  };

  const all = (expressions: Readonly<Record<string, Expression>>): Record<string, Expression> =>
    Object.fromEntries(Object.entries(expressions).map(([name, expression]) => [name, whole(expression)]));
  return { next: all(next), output: whole(output), gates: all(gates) };
}
