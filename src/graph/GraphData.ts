import type { Dependence, Expression } from './Expression.js';
import type { CELL_OPERATIONS } from './operationNames.js';
import type { Shape } from './Shape.js';
import type { TracedCell } from './TracedCell.js';
import { reachable } from './walk.js';

/** An operation of a graph; `args` are the places of nodes before it. */
export type NodeData =
  | {
      /** What is given. */
      readonly operation: 'leaf';
      /** Of the part of the state or the weight, or `x`. */
      readonly name: string;
      /** What it is: the input, a part of the state, or a weight. */
      readonly dependence: Dependence;
      /** Its shape. */
      readonly shape: Shape;
    }
  | {
      /** A number. */
      readonly operation: 'constant';
      /** Which. */
      readonly value: number;
    }
  | {
      /** Its name. */
      readonly operation: Exclude<(typeof CELL_OPERATIONS)[number], 'leaf' | 'constant'>;
      /** The places of its operands among the nodes. */
      readonly args: readonly number[];
      /** Of `columns`: the first. */
      readonly from?: number | undefined;
      /** Of `columns`: the one behind the last. */
      readonly to?: number | undefined;
    };

/** A traced cell as plain data, which JSON holds. The input, the parts of the state and the weights come first, in this order. */
export interface GraphData {
  /** What is given, then the operations, each behind its operands. */
  readonly nodes: readonly NodeData[];
  /** The places of results among the nodes. */
  readonly output: number;
  /** The state after the time step, by the names of its parts. */
  readonly state: Readonly<Record<string, number>>;
  /** What those who watch see beside the state. */
  readonly gates: Readonly<Record<string, number>>;
}

/** A traced cell as plain data: what it is given, and what its results are made of. */
export function graphData({ input, state, weights, output, next, gates }: TracedCell): GraphData {
  const given = new Set([input, ...Object.values(state), ...Object.values(weights)]);
  const results = [output, ...Object.values(next), ...Object.values(gates)];
  const made = reachable(results, (of) => !given.has(of)).sort((a, b) => a.id - b.id);
  const places = new Map([...given, ...made].map((expression, place) => [expression, place]));
  const placeOf = (expression: Expression): number => places.get(expression) as number;
  const placesOf = (named: readonly [string, Expression][]): Record<string, number> =>
    Object.fromEntries(named.map(([name, of]) => [name, placeOf(of)]));
  return {
    nodes: [...places.keys()].map((expression) => nodeData(expression, placeOf)),
    output: placeOf(output),
    state: placesOf(Object.entries(next)),
    gates: placesOf(Object.entries(gates).filter(([name]) => !Object.hasOwn(next, name))),
  };
}

function nodeData(expression: Expression, placeOf: (expression: Expression) => number): NodeData {
  const { operation, attributes, dependence, shape, args } = expression;
  if (operation === 'leaf') return { operation, name: attributes.name ?? '', dependence, shape };
  if (operation === 'constant') return { operation, value: attributes.value ?? 0 };
  return { operation, args: args.map(placeOf), ...attributes } as NodeData;
}
