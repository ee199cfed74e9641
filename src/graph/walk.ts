import type { Expression } from './Expression.js';

/** Expressions that roots are made of, themselves included, operands first; what does not hold is not looked into, nor among them. */
export function reachable(roots: readonly Expression[], holds: (expression: Expression) => boolean): Expression[] {
  const seen = new Set<Expression>();
  const found: Expression[] = [];
  const visit = (expression: Expression): void => {
    if (seen.has(expression)) return;
    seen.add(expression);
    if (!holds(expression)) return;
    for (const arg of expression.args) visit(arg);
    found.push(expression);
  };
  for (const root of roots) visit(root);
  return found;
}

/** The first expressions on all ways down from the roots for which it holds. */
export function firstOnTheWay(roots: readonly Expression[], holds: (expression: Expression) => boolean): Expression[] {
  const first = new Set<Expression>();
  reachable(roots, (expression) => {
    if (holds(expression)) first.add(expression);
    return !first.has(expression);
  });
  return [...first];
}
