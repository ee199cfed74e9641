import type { Expression, Operand } from './Expression.js';

/** 1 − a */
export function oneMinus(a: Expression): Expression {
  return a.graph.make('oneMinus', [a]);
}

/** σ(a) = 1 / (1 + e⁻ᵃ) */
export function sigmoid(a: Expression): Expression {
  return a.graph.make('sigmoid', [a]);
}

/** ln σ(a) */
export function logSigmoid(a: Expression): Expression {
  return a.graph.make('logSigmoid', [a]);
}

/** tanh(a) */
export function tanh(a: Expression): Expression {
  return a.graph.make('tanh', [a]);
}

/** max(a, 0) */
export function relu(a: Expression): Expression {
  return a.graph.make('relu', [a]);
}

/** eᵃ */
export function exp(a: Expression): Expression {
  return a.graph.make('exp', [a]);
}

/** ln(1 + eᵃ) */
export function softplus(a: Expression): Expression {
  return a.graph.make('softplus', [a]);
}

/** √a */
export function squareRoot(a: Expression): Expression {
  return a.graph.make('squareRoot', [a]);
}

/** −a */
export function negate(a: Expression): Expression {
  return a.graph.make('negate', [a]);
}

/** The smaller of two, number by number. */
export function minimum(a: Expression, b: Operand): Expression {
  return a.graph.make('minimum', [a, typeof b === 'number' ? a.graph.constant(b) : b]);
}

/** The larger of two, number by number. */
export function maximum(a: Expression, b: Operand): Expression {
  return a.graph.make('maximum', [a, typeof b === 'number' ? a.graph.constant(b) : b]);
}

/** Columns side by side. */
export function join(...parts: readonly [Expression, ...Expression[]]): Expression {
  const [first, ...others] = parts;
  return others.length === 0 ? first : first.graph.make('join', parts);
}

/** The sum of each row, a column `[batch × 1]`. */
export function rowSum(a: Expression): Expression {
  return a.graph.make('rowSum', [a]);
}

/** The mean of each row, a column `[batch × 1]`. */
export function rowMean(a: Expression): Expression {
  return rowSum(a).times(1 / a.width);
}

/** A column repeated, as wide as `like`. */
export function spread(column: Expression, like: Expression): Expression {
  return like.width === 1 ? column : column.graph.make('spread', [column, like]);
}

/**
 * Each row with mean 0 and variance 1 (Ba, Kiros and Hinton, "Layer normalization", 2016): (a − mean) / √(variance + ε). Scale and shift it with
 * `times` and `plus`.
 */
export function layerNorm(a: Expression, epsilon = 1e-5): Expression {
  const centred = a.minus(rowMean(a));
  const variance = rowMean(centred.times(centred));
  return centred.dividedBy(squareRoot(variance.plus(epsilon)));
}
