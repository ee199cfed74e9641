import type { Expression } from '../Expression.js';

/** What a mean over each row is a mean of. */
export function meanOf({ operation, args: [a, b] }: Expression): Expression | undefined {
  if (operation !== 'multiply' || a?.operation !== 'rowSum' || b?.operation !== 'constant') return undefined;
  const [of] = a.args;
  return of && b.attributes.value === 1 / of.width ? of : undefined;
}

/** What a layer normalisation normalises. */
function layerNormOf({ operation, args: [centred, deviation] }: Expression): Expression | undefined {
  if (operation !== 'divide' || centred?.operation !== 'subtract' || deviation?.operation !== 'squareRoot')
    return undefined;
  const [of, mean] = centred.args;
  const [sum] = deviation.args;
  const [variance, epsilon] = sum?.operation === 'add' ? sum.args : [];
  const square = variance && meanOf(variance);
  const isNorm =
    (mean && meanOf(mean)) === of &&
    epsilon?.operation === 'constant' &&
    square?.operation === 'multiply' &&
    square.args.every((factor) => factor === centred);
  return isNorm ? of : undefined;
}

/** What a normalisation normalises, and what that is called. */
export function normalisedBy(expression: Expression): { of: Expression; name: string } | undefined {
  const centred = layerNormOf(expression);
  if (centred) return { of: centred, name: 'LN' };
  const scaled = rmsNormOf(expression);
  return scaled && { of: scaled, name: 'RMSNorm' };
}

/** What is divided by the root of its mean square. */
function rmsNormOf({ operation, args: [of, deviation] }: Expression): Expression | undefined {
  if (operation !== 'divide' || deviation?.operation !== 'squareRoot') return undefined;
  const [sum] = deviation.args;
  const [meanSquare, epsilon] = sum?.operation === 'add' ? sum.args : [];
  const square = meanSquare && meanOf(meanSquare);
  const isNorm = epsilon?.operation === 'constant' && square && squareOf(square) === of;
  return isNorm ? of : undefined;
}

/** `h + z ⊗ (c − h)` goes from h towards c by the share z, the summands and factors in any order. */
export function approachOf(
  { operation, args }: Expression,
  mayLookInto: (expression: Expression) => boolean,
): { from: Expression; to: Expression; share: Expression } | undefined {
  if (operation !== 'add') return undefined;
  for (const [from, step] of bothWays(args)) {
    if (step.operation !== 'multiply' || !mayLookInto(step)) continue;
    for (const [share, difference] of bothWays(step.args)) {
      const [to, back] = difference.args;
      const isStep = difference.operation === 'subtract' && mayLookInto(difference) && back === from;
      if (isStep && to && share.operation !== 'constant') return { from, to, share };
    }
  }
  return undefined;
}

/** What a square is the square of. */
export function squareOf({ operation, args: [a, b] }: Expression): Expression | undefined {
  return operation === 'multiply' && a === b ? a : undefined;
}

/** What an expression is made of as it is printed: a mean of what it is a mean of, not of a sum and a number. */
export function partsOf(expression: Expression): readonly Expression[] {
  const of = meanOf(expression) ?? normalisedBy(expression)?.of ?? squareOf(expression);
  return of ? [of] : expression.args;
}

function bothWays([a, b]: readonly Expression[]): (readonly [Expression, Expression])[] {
  return a && b
    ? [
        [a, b],
        [b, a],
      ]
    : [];
}
