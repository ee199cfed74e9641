import type { Expression } from '../graph/Expression.js';
import { maximum, sigmoid } from '../graph/functions.js';

/**
 * What makes candidates positive (Feng et al. 2024): a + 0.5 for a ≥ 0, σ(a) below. Left of 0 the sigmoid is above the line, right of
 * it below: it is the larger of the two, and its derivative at 0 is 1.
 */
export function positive(a: Expression): Expression {
  return maximum(a.plus(0.5), sigmoid(a));
}
