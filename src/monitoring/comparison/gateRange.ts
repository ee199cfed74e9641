import type { Expression } from '../../graph/Expression.js';

/** From, to. */
export type Range = readonly [number, number];

/** What has no bounds: far values are counted in the outermost bins. */
const UNBOUNDED: Range = [-10, 10];

/**
 * Where the values of a gate or a part of a state lie, by its equation: a sigmoid from 0 to 1, a hyperbolic tangent and what is a
 * product or a mixture of such from −1 to 1, and where nothing bounds it, what is shown of it, from −10 to 10.
 */
export function gateRange(gate: Expression): Range {
  if (gate.operation === 'sigmoid') return [0, 1];
  return isWithinOne(gate) ? [-1, 1] : UNBOUNDED;
}

/** Whether it stays from −1 to 1, when the state did before. */
function isWithinOne({ operation, args, dependence }: Expression): boolean {
  const [a, b] = args;
  if (operation === 'tanh' || operation === 'sigmoid') return true;
  if (operation === 'multiply' && a && b) return isWithinOne(a) && isWithinOne(b);
  // h + z ⊗ (c − h) lies between h and c.
  if (operation === 'add' && a && b?.operation === 'multiply') {
    const [share, change] = b.args;
    const mixes = share?.operation === 'sigmoid' && change?.operation === 'subtract' && change.args[1] === a;
    return mixes && isWithinOne(a) && isWithinOne(change.args[0] as Expression);
  }
  return operation === 'leaf' && dependence === 'state';
}
