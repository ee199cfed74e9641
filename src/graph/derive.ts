import type { Expression } from './Expression.js';
import { join, negate, rowSum } from './functions.js';
import { OPERATIONS, type Signed } from './operations.js';
import { isBatch } from './Shape.js';
import { reachable } from './walk.js';

/** What rows contribute to the gradient of weights: leftᵀ·right, or without `left` the sum of right's rows. */
export interface Term {
  readonly to: Expression;
  readonly left: Expression | undefined;
  readonly right: Expression;
}

/** A way back. */
export interface Derived {
  /** Of every expression that it reached. */
  readonly gradients: ReadonlyMap<Expression, Expression>;
  /** What is to be added up over rows. */
  readonly terms: readonly Term[];
}

/**
 * The way back through the expressions that are `inside`, by reverse-mode differentiation: from gradients of some of them to gradients
 * of what they are made of. Weights that rows meet get `terms`, unless they are `inside` themselves.
 */
export function derive(
  seeds: ReadonlyMap<Expression, Expression>,
  inside: (expression: Expression) => boolean,
): Derived {
  const gradients = new Map<Expression, Signed>();
  const pieces = new Map<Expression, Map<Expression, Signed>>();
  const terms: Term[] = [];
  const joins: Expression[] = [];
  const give = (to: Expression, gradient: Signed): void => {
    if (to.operation === 'constant') return;
    if (to.dependence === 'weights' && !inside(to) && isBatch(gradient.value.shape)) {
      terms.push({ to, left: undefined, right: plain(gradient) });
      return;
    }
    const narrowed = narrow(gradient, to);
    const sofar = gradients.get(to);
    gradients.set(to, sofar ? sum(sofar, narrowed) : narrowed);
  };
  const gather = (whole: Expression): void => {
    const own = pieces.get(whole);
    if (own) give(whole, joined(whole, own, joins));
    pieces.delete(whole);
  };

  for (const [node, seed] of seeds) give(node, { value: seed, minus: false });
  // Operands have lower numbers than what is made of them.
  const order = reachable([...seeds.keys()], inside).sort((a, b) => b.id - a.id);
  for (const node of order) {
    gather(node);
    const gradient = gradients.get(node);
    if (!gradient || node.operation === 'leaf') continue;
    const [first] = node.args;
    if (node.operation === 'columns' && first) {
      const own = pieces.get(first) ?? new Map<Expression, Signed>();
      pieces.set(first, own.set(node, gradient));
      continue;
    }
    for (const [place, back] of (OPERATIONS[node.operation].back?.(node, gradient) ?? []).entries())
      if (back) give(node.args[place] as Expression, back);
    const [, weights] = node.args;
    if (node.operation === 'product' && first && weights && isBatch(first.shape))
      terms.push({ to: weights, left: first, right: plain(gradient) });
  }
  for (const whole of [...pieces.keys()]) gather(whole);
  return { gradients: new Map([...gradients].map(([node, gradient]) => [node, plain(gradient)])), terms };
}

/** A gradient of what was repeated: added up where it was. */
function narrow({ value, minus }: Signed, to: Expression): Signed {
  if (isBatch(to.shape) && to.width === 1 && value.width > 1) return { value: rowSum(value), minus };
  if (to.shape.length === 1 && value.shape.length === 2) return { value: to.graph.make('sumOfRows', [value]), minus };
  return { value, minus };
}

/** The gradient of a whole from those of its blocks of columns; those that nothing came from get zeros. */
function joined(whole: Expression, blocks: ReadonlyMap<Expression, Signed>, joins: Expression[]): Signed {
  const placed = [...blocks].map(([{ attributes }, gradient]) => {
    const { from = 0, to = 0 } = attributes;
    return { from, to, gradient };
  });
  const cuts = [...new Set([0, whole.width, ...placed.flatMap(({ from, to }) => [from, to])])].sort((a, b) => a - b);
  const parts = cuts.slice(1).map((to, at): Expression => {
    const from = cuts[at] as number;
    const covering = placed.filter((block) => block.from <= from && to <= block.to);
    const own = covering.map(
      ({ from: first, gradient: { value, minus } }): Signed => ({
        value: value.columns(from - first, to - first),
        minus,
      }),
    );
    return own.length > 0 ? plain(own.reduce(sum)) : whole.graph.make('zerosLike', [whole.columns(from, to)]);
  });
  const value = join(...(withKnownJoins(parts, joins) as [Expression, ...Expression[]]));
  joins.push(value);
  return { value, minus: false };
}

function sum(a: Signed, b: Signed): Signed {
  if (a.minus === b.minus) return { value: a.value.plus(b.value), minus: a.minus };
  return { value: a.minus ? b.value.minus(a.value) : a.value.minus(b.value), minus: false };
}

function plain({ value, minus }: Signed): Expression {
  return minus ? negate(value) : value;
}

/** Parts of which some, that stand side by side, were joined before: what is there already is copied once instead of twice. */
function withKnownJoins(parts: readonly Expression[], joins: readonly Expression[]): readonly Expression[] {
  for (const known of joins) {
    const count = known.args.length;
    const at = parts.findIndex((_, from) => known.args.every((part, place) => parts[from + place] === part));
    if (known.operation === 'join' && at >= 0) return [...parts.slice(0, at), known, ...parts.slice(at + count)];
  }
  return parts;
}
