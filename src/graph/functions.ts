import { CellError, describe } from '../errors.js';
import { Expression, type Operand } from './Expression.js';
import type { OperationName } from './operationNames.js';

/** 1 − a */
export function oneMinus(a: Expression): Expression {
  return make('oneMinus', a);
}

/** σ(a) = 1 / (1 + e⁻ᵃ) */
export function sigmoid(a: Expression): Expression {
  return make('sigmoid', a);
}

/** ln σ(a) */
export function logSigmoid(a: Expression): Expression {
  return make('logSigmoid', a);
}

/** tanh(a) */
export function tanh(a: Expression): Expression {
  return make('tanh', a);
}

/** max(a, 0) */
export function relu(a: Expression): Expression {
  return make('relu', a);
}

/** eᵃ */
export function exp(a: Expression): Expression {
  return make('exp', a);
}

/** ln(1 + eᵃ) */
export function softplus(a: Expression): Expression {
  return make('softplus', a);
}

/** √a */
export function squareRoot(a: Expression): Expression {
  return make('squareRoot', a);
}

/** −a */
export function negate(a: Expression): Expression {
  return make('negate', a);
}

/** The smaller of two, number by number. */
export function minimum(a: Expression, b: Operand): Expression {
  return make('minimum', a, b);
}

/** The larger of two, number by number. */
export function maximum(a: Expression, b: Operand): Expression {
  return make('maximum', a, b);
}

/** Columns side by side. */
export function join(...parts: readonly [Expression, ...Expression[]]): Expression {
  return parts.length === 1 ? parts[0] : make('join', ...parts);
}

/** The sum of each row, a column `[batch × 1]`. */
export function rowSum(a: Expression): Expression {
  return make('rowSum', a);
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
  const mean = rowMean(a);
  const centred = a.minus(mean);
  const variance = rowMean(centred.times(centred));
  return centred.dividedBy(squareRoot(variance.plus(epsilon)));
}

/**
 * Each row with a mean square of 1 (Zhang and Sennrich, “Root mean square layer normalization”, 2019): a / √(mean of a² + ε). Cheaper than `layerNorm`,
 * as nothing is centred. Scale it with `times`.
 */
export function rmsNorm(a: Expression, epsilon = 1e-5): Expression {
  const square = make('multiply', a, a);
  return a.dividedBy(squareRoot(rowMean(square).plus(epsilon)));
}

/** An operation on expressions, the first of which is one; the others may be numbers. */
function make(operation: OperationName, ...operands: readonly Operand[]): Expression {
  const [first] = operands;
  if (!(first instanceof Expression))
    throw new CellError(
      `Expected the operands of ${operation} to be expressions, sums of them as a.plus(b), got ${describe(first)}`,
    );
  const { graph } = first;
  return graph.make(
    operation,
    operands.map((operand) => (typeof operand === 'number' ? graph.constant(operand) : operand)),
  );
}
