import type { Expression } from '../../graph/Expression.js';
import type { TracedCell } from '../../graph/TracedCell.js';

/** From, to. */
export type Range = readonly [number, number];

/** What has no bounds: far values are counted in the outermost bins. */
const UNBOUNDED: Range = [-10, 10];

/**
 * Where the values of a gate or a part of a state lie, by its equation: a sigmoid and what else is a share from 0 to 1, a hyperbolic tangent and what is a
 * product or a mixture of such from −1 to 1, and where nothing bounds it, what is shown of it, from −10 to 10.
 */
export function gateRange(cell: TracedCell, gate: string): Range {
  const expression = cell.gates[gate] as Expression;
  if (isShare(expression)) return [0, 1];
  return withinOne(boundedParts(cell))(expression) ? [-1, 1] : UNBOUNDED;
}

/** Whether it lies between 0 and 1: a sigmoid, 1 − one, and e to the power of something less what is the larger of it and another. */
function isShare({ operation, args: [a] }: Expression): boolean {
  if (operation === 'sigmoid') return true;
  if (operation === 'oneMinus' && a) return isShare(a);
  if (operation !== 'exp' || a?.operation !== 'subtract') return false;
  const [power, most] = a.args;
  return most?.operation === 'maximum' && most.args.includes(power as Expression);
}

/** The parts of the state before a time step that stay from −1 to 1 from step to step. */
function boundedParts({ state, next }: TracedCell): ReadonlySet<Expression> {
  const bounded = new Set(Object.values(state));
  for (;;) {
    const isWithinOne = withinOne(bounded);
    const lost = Object.keys(state).filter(
      (part) => bounded.has(state[part] as Expression) && !isWithinOne(next[part] as Expression),
    );
    if (lost.length === 0) return bounded;
    for (const part of lost) bounded.delete(state[part] as Expression);
  }
}

/** Tells whether expressions stay from −1 to 1 where these do. */
function withinOne(bounded: ReadonlySet<Expression>): (expression: Expression) => boolean {
  // What stands in many places of an equation is looked into once.
  const known = new Map<Expression, boolean>();
  const isWithinOne = (expression: Expression): boolean => {
    const found = known.get(expression) ?? look(expression);
    known.set(expression, found);
    return found;
  };
  const look = (expression: Expression): boolean => {
    const { operation, args } = expression;
    const [a, b] = args;
    if (operation === 'tanh' || isShare(expression)) return true;
    if (operation === 'multiply' && a && b) return isWithinOne(a) && isWithinOne(b);
    // h + z ⊗ (c − h) lies between h and c.
    if (operation === 'add' && a && b?.operation === 'multiply') {
      const [share, change] = b.args;
      const mixes = share?.operation === 'sigmoid' && change?.operation === 'subtract' && change.args[1] === a;
      return mixes && isWithinOne(a) && isWithinOne(change.args[0] as Expression);
    }
    return bounded.has(expression);
  };
  return isWithinOne;
}
