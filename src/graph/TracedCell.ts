import type { Expression } from './Expression.js';
import type { ExpressionGraph } from './ExpressionGraph.js';

/** Expressions by name. */
export type Expressions = Readonly<Record<string, Expression>>;

/** The gate that those who watch see the output as, where it is no part of the state. */
export const OUTPUTS = 'outputs';

/** One time step of a cell of certain sizes: what it is given, and what it makes of that. */
export interface TracedCell {
  /** What made its expressions. */
  readonly graph: ExpressionGraph;
  /** What stands for the token, or what the layer below gives: `[batch × input]`. */
  readonly input: Expression;
  /** The parts of the state before it. */
  readonly state: Expressions;
  /** Weights that are learned. */
  readonly weights: Expressions;
  /** What the layer above, or the projection, gets. */
  readonly output: Expression;
  /** The parts of the state after it. */
  readonly next: Expressions;
  /** What those who watch see. */
  readonly gates: Expressions;
  /** What is given once and stays the same over all time steps, another for each sequence: `maskedState`. */
  readonly held?: Expressions | undefined;
  /** What is given anew at each time step beside the input, by the parts of the state that it is for: zoneout in training. */
  readonly masks?: Expressions | undefined;
}
