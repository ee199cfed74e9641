import { CellError } from '../errors.js';
import { Expression } from '../graph/Expression.js';
import { ExpressionGraph } from '../graph/ExpressionGraph.js';
import { type Shape, sameShape, shapeInWords } from '../graph/Shape.js';
import type { TracedCell } from '../graph/TracedCell.js';

/** What sizes a cell's weights follow from. */
export interface CellSizes {
  /** Of what it reads. */
  readonly input: number;
  /** Of its hidden state. */
  readonly hidden: number;
  /** Whether it has biases. */
  readonly bias: boolean;
}

/** The shape of a weight: `[rows, columns]` of a matrix, `[columns]` of a row. */
export type WeightShape = readonly [number] | readonly [number, number];

/** A weight: its shape, and where it does not begin as other weights do (matrices at random, rows with zeros), with which number. */
export type Weight = WeightShape | { readonly shape: WeightShape; readonly initial: number };

/** A weight that a model may lack is `undefined` there. */
type Weights = Readonly<Record<string, Weight | undefined>>;

/** What a time step makes. */
export interface StepResult<State> {
  /** What the layer above, or the projection, gets. */
  readonly output: Expression;
  /** The state after it. */
  readonly state: { readonly [Part in keyof State]: Expression };
  /** What those who watch see, by name, beside the state. */
  readonly gates?: Readonly<Record<string, Expression>>;
}

/** What a time step is made of: the input `x`, the parts of the state and the weights, by name. */
export type StepGiven<State, W> = { readonly x: Expression } & { readonly [Part in keyof State]: Expression } & {
  readonly [Name in keyof W]: Expression | Extract<W[Name], undefined>;
};

/** How a cell's weights are called in PyTorch's `nn.RNN`, `nn.LSTM` or `nn.GRU`. */
export interface TorchLayout {
  readonly module: 'RNN' | 'LSTM' | 'GRU';
  /** Which of our blocks of columns stands at each place of PyTorch's order. */
  readonly blocks: readonly number[];
  /** Which of our blocks are negated there. */
  readonly negated: readonly number[];
}

/** A recurrent cell as its author writes it. */
export interface CellDefinition<State extends Readonly<Record<string, number>>, W extends Weights> {
  /** What it is called in files, reports and on the command line. */
  readonly name: string;
  /** The version of its equation: another one means that models of the old one cannot be loaded by name. Default 1. */
  readonly version?: number;
  /** Where it comes from. */
  readonly source?: string;
  /** Whether models have biases where they do not say. Default true. */
  readonly bias?: boolean;
  /** The parts of its state, and their sizes. */
  state(sizes: CellSizes): State;
  /** Its weights, and their shapes. */
  weights(sizes: CellSizes): W;
  /** The equation: one time step. */
  step(given: StepGiven<State, W>): StepResult<State>;
  readonly torch?: TorchLayout;
}

/** What there is to know of a weight. */
export interface WeightOfCell {
  readonly shape: WeightShape;
  /** `undefined`: as other weights begin. */
  readonly initial: number | undefined;
}

/** A recurrent cell: one time step as an equation, of which everything else is derived. */
export interface Cell {
  readonly name: string;
  readonly version: number;
  readonly source: string | undefined;
  readonly bias: boolean;
  readonly torch: TorchLayout | undefined;
  /** The parts of its state, and their sizes. */
  state(sizes: CellSizes): Readonly<Record<string, number>>;
  /** Its weights, in order. */
  weights(sizes: CellSizes): Readonly<Record<string, WeightOfCell>>;
  /**
   * Its equation at these sizes.
   * @throws {CellError} when it cannot be: operands that do not fit, a part of the state that is missing or of another size.
   */
  trace(sizes: CellSizes): TracedCell;
}

const NAME = /^[A-Za-z][A-Za-z0-9]*$/;

/**
 * Makes a cell of its equation (docs/cells.md):
 *
 *     export const rnn = cell({
 *       name: 'rnn',
 *       state: ({ hidden }) => ({ hidden }),
 *       weights: ({ input, hidden }) => ({ inputWeights: [input, hidden], recurrentWeights: [hidden, hidden], bias: [hidden] }),
 *       step({ x, hidden: h, inputWeights: W, recurrentWeights: U, bias }) {
 *         const next = tanh(x.dot(W).plus(bias).plus(h.dot(U)));
 *         return { output: next, state: { hidden: next } };
 *       },
 *     });
 *
 * @throws {CellError} when its name is none.
 */
export function cell<
  const State extends Readonly<Record<string, number>>,
  const W extends Readonly<Record<string, Weight | undefined>>,
>(definition: CellDefinition<State, W>): Cell {
  const { name, version = 1, source, bias = true, torch } = definition;
  if (!NAME.test(name)) throw new CellError(`Expected the name of a cell to be letters and digits, got ${name}`);
  const weights = (sizes: CellSizes): Readonly<Record<string, WeightOfCell>> =>
    Object.fromEntries(
      Object.entries(definition.weights(sizes)).flatMap(([name, weight]) => (weight ? [[name, weightOf(weight)]] : [])),
    );
  return {
    ...{ name, version, source, bias, torch, weights },
    state: (sizes) => definition.state(sizes),
    trace(sizes) {
      const graph = new ExpressionGraph();
      const leaves = (shapes: Readonly<Record<string, Shape>>, dependence: 'state' | 'weights') =>
        Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, graph.leaf(name, shape, dependence)]));
      const input = graph.leaf('x', ['batch', sizes.input], 'inputs');
      const state = leaves(
        Object.fromEntries(Object.entries(definition.state(sizes)).map(([part, size]) => [part, ['batch', size]])),
        'state',
      );
      const shapes = Object.entries(weights(sizes)).map(([name, { shape }]) => [name, shape]);
      const ofWeights = leaves(Object.fromEntries(shapes), 'weights');
      const parts = Object.keys(state);
      const names = ['x', ...parts, ...Object.keys(ofWeights), ...parts.map(initialWeightName)];
      const twice = names.find((given, at) => names.indexOf(given) !== at);
      if (twice !== undefined) throw new CellError(`Expected the cell ${name} to have one ${twice}, got two`);
      const made = definition.step({ x: input, ...state, ...ofWeights } as unknown as StepGiven<State, W>);
      const next = Object.fromEntries(
        Object.entries(state).map(([part, { shape }]) => [
          part,
          rowsOf(`state.${part} of the cell ${name}`, made.state?.[part], graph, shape),
        ]),
      );
      return {
        ...{ graph, input, state, weights: ofWeights, next },
        output: rowsOf(`the output of the cell ${name}`, made.output, graph, ['batch', sizes.hidden]),
        gates: { ...gatesOf(name, made.gates, graph), ...next },
      };
    },
  };
}

/** The weight that holds the learned initial value of a part of the state: `memory` → `initialMemory`. */
export function initialWeightName(part: string): string {
  return `initial${part.charAt(0).toUpperCase()}${part.slice(1)}`;
}

function weightOf(weight: Weight): WeightOfCell {
  return 'shape' in weight ? weight : { shape: weight, initial: undefined };
}

function gatesOf(
  cell: string,
  gates: StepResult<unknown>['gates'],
  graph: ExpressionGraph,
): Record<string, Expression> {
  return Object.fromEntries(
    Object.entries(gates ?? {}).map(([name, gate]) => {
      const shape: Shape = ['batch', gate instanceof Expression ? gate.width : 1];
      return [name, rowsOf(`the gate ${name} of the cell ${cell}`, gate, graph, shape)];
    }),
  );
}

function rowsOf(what: string, made: Expression | undefined, graph: ExpressionGraph, shape: Shape): Expression {
  if (!(made instanceof Expression) || made.graph !== graph)
    throw new CellError(`Expected ${what} to be an expression, got ${typeof made}`);
  if (!sameShape(made.shape, shape))
    throw new CellError(`Expected ${what} to be ${shapeInWords(shape)}, got ${shapeInWords(made.shape)}`);
  return made;
}
