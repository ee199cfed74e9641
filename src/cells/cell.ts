import { CellError, describe } from '../errors.js';
import { Expression } from '../graph/Expression.js';
import { ExpressionGraph } from '../graph/ExpressionGraph.js';
import { columnsOf, isBatch, type Shape, shapeInWords } from '../graph/Shape.js';
import { OUTPUTS, type TracedCell } from '../graph/TracedCell.js';

/** What sizes a cell's weights follow from. */
export interface CellSizes {
  /** Of what it reads. */
  readonly input: number;
  /** Of its hidden state. */
  readonly hidden: number;
  /** Whether it has biases. */
  readonly bias: boolean;
  /**
   * What the bias of the forget gate begins with. Default 0; Jozefowicz, Zaremba and Sutskever (2015) recommend 1, so that a cell
   * remembers before it has learned what to forget.
   */
  readonly forgetBias: number;
}

/** Sizes as a cell is asked at them: `forgetBias` is 0 where it is left out. */
export type GivenSizes = Omit<CellSizes, 'forgetBias'> & Partial<Pick<CellSizes, 'forgetBias'>>;

/** The shape of a weight: `[rows, columns]` of a matrix, `[columns]` of a row. */
export type WeightShape = readonly [number] | readonly [number, number];

/** With which number a weight begins, or with which numbers its blocks of columns do, all of them equally wide. */
export type InitialValue = number | readonly number[];

/** A weight: its shape, and where it does not begin as other weights do (matrices at random, rows with zeros), with what. */
export type Weight = WeightShape | { readonly shape: WeightShape; readonly initial: InitialValue };

/** A weight that a model may lack is `undefined` there. */
type Weights = Readonly<Record<string, Weight | undefined>>;

/** What a time step makes. */
export interface StepResult<State> {
  /** What the layer above, or the projection, gets. */
  readonly output: Expression;
  /** The state after it. */
  readonly state: { readonly [Part in keyof State]: Expression };
  /** What those who watch see, by name, beside the state. */
  readonly gates?: Readonly<Record<string, Expression>> | undefined;
}

/** What a time step is made of: the input `x`, the parts of the state and the weights, by name. */
export type StepGiven<State, W> = { readonly x: Expression } & { readonly [Part in keyof State]: Expression } & {
  readonly [Name in keyof W]: Expression | Extract<W[Name], undefined>;
};

/** How a cell's weights are called in PyTorch's `nn.RNN`, `nn.LSTM` or `nn.GRU`. */
export interface TorchLayout {
  /** Which module of `torch.nn`. */
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
  /** The version of its equation, which saved models and checkpoints tell those who read them. Default 1. */
  readonly version?: number | undefined;
  /** Where it comes from. */
  readonly source?: string | undefined;
  /** Whether models have biases where they do not say. Default true. */
  readonly bias?: boolean | undefined;
  /** The parts of its state, and their sizes. */
  state(sizes: CellSizes): State;
  /** Its weights, and their shapes. */
  weights(sizes: CellSizes): W;
  /** The equation: one time step, at these sizes. */
  step(given: StepGiven<State, W>, sizes: CellSizes): StepResult<State>;
  /** How its weights are called in PyTorch, where that has such a module. */
  readonly torch?: TorchLayout | undefined;
}

/** What there is to know of a weight. */
export interface WeightOfCell {
  /** `[rows, columns]` of a matrix, `[columns]` of a row. */
  readonly shape: WeightShape;
  /** `undefined`: as other weights begin. */
  readonly initial: InitialValue | undefined;
}

/** A recurrent cell: one time step as an equation, of which everything else is derived. */
export interface Cell {
  /** What it is called. */
  readonly name: string;
  /** The version of its equation. */
  readonly version: number;
  /** Where it comes from. */
  readonly source: string | undefined;
  /** Whether models have biases where they do not say. */
  readonly bias: boolean;
  /** How its weights are called in PyTorch, where that has such a module. */
  readonly torch: TorchLayout | undefined;
  /** The parts of its state, and their sizes. */
  state(sizes: GivenSizes): Readonly<Record<string, number>>;
  /** Its weights, in order. */
  weights(sizes: GivenSizes): Readonly<Record<string, WeightOfCell>>;
  /**
   * Its equation at these sizes.
   * @throws {CellError} when it cannot be: operands that do not fit, a part of the state that is missing or of another size.
   */
  trace(sizes: GivenSizes): TracedCell;
}

const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

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
 * @throws {CellError} when its name is none, or a part of it is missing.
 */
export function cell<
  const State extends Readonly<Record<string, number>>,
  const W extends Readonly<Record<string, Weight | undefined>>,
>(definition: CellDefinition<State, W>): Cell {
  const { name, version = 1, source, bias = true, torch }: Partial<typeof definition> = definition ?? {};
  checkName('the name of a cell', name);
  for (const part of ['state', 'weights', 'step'] as const)
    if (typeof definition[part] !== 'function')
      throw new CellError(`Expected ${part} of the cell ${name} to be a function, got ${describe(definition[part])}`);
  const weights = (sizes: GivenSizes): Readonly<Record<string, WeightOfCell>> =>
    Object.fromEntries(
      named(`the weights of the cell ${name}`, definition.weights({ forgetBias: 0, ...sizes })).flatMap(
        ([weight, given]) => (given ? [[weight, weightOf(`the weight ${weight} of the cell ${name}`, given)]] : []),
      ),
    );
  const state = (sizes: GivenSizes): Readonly<Record<string, number>> => {
    const parts = named(`the state of the cell ${name}`, definition.state({ forgetBias: 0, ...sizes }));
    for (const [part, size] of parts) checkShape(`the part ${part} of the state of the cell ${name}`, [size]);
    return Object.fromEntries(parts);
  };
  return {
    ...{ name, version, source, bias, torch, state, weights },
    trace(sizes) {
      const graph = new ExpressionGraph();
      const leaves = (shapes: Readonly<Record<string, Shape>>, dependence: 'state' | 'weights') =>
        Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, graph.leaf(name, shape, dependence)]));
      const input = graph.leaf('x', ['batch', sizes.input], 'inputs');
      const before = leaves(
        Object.fromEntries(Object.entries(state(sizes)).map(([part, size]) => [part, ['batch', size]])),
        'state',
      );
      const shapes = Object.entries(weights(sizes)).map(([name, { shape }]) => [name, shape]);
      const ofWeights = leaves(Object.fromEntries(shapes), 'weights');
      const parts = Object.keys(before);
      const names = ['x', ...parts, ...Object.keys(ofWeights), ...parts.map(initialWeightName)];
      const twice = names.find((given, at) => names.indexOf(given) !== at);
      if (twice !== undefined)
        throw new CellError(
          `Expected x, the parts of the state, the weights and the learned initial states of the cell ${name} to have names of their own, got two called ${twice}`,
        );
      const given = { x: input, ...before, ...ofWeights } as unknown as StepGiven<State, W>;
      const made = definition.step(given, { forgetBias: 0, ...sizes });
      if (typeof made !== 'object' || made === null)
        throw new CellError(`Expected the step of the cell ${name} to give { output, state }, got ${describe(made)}`);
      const output = rowsOf(`the output of the cell ${name}`, made.output, graph, sizes.hidden);
      const next = Object.fromEntries(
        Object.entries(before).map(([part, { width }]) => [
          part,
          rowsOf(`state.${part} of the cell ${name}`, made.state?.[part], graph, width),
        ]),
      );
      const after = Object.keys(made.state ?? {});
      if (after.length > parts.length)
        throw new CellError(
          `Expected the state after a step of the cell ${name} to be ${parts.join(', ')}, got ${after.join(', ')}`,
        );
      for (const [gate, value] of Object.entries(made.gates ?? {})) {
        rowsOf(`the gate ${gate} of the cell ${name}`, value, graph);
        if (Object.hasOwn(next, gate) && next[gate] !== value)
          throw new CellError(`Expected the gate ${gate} of the cell ${name} to be the part ${gate} of its state`);
      }
      return {
        ...{ graph, input, state: before, weights: ofWeights, next, output },
        gates: { ...made.gates, ...next, ...(Object.values(next).includes(output) ? {} : { [OUTPUTS]: output }) },
      };
    },
  };
}

/** The weight that holds the learned initial value of a part of the state: `memory` → `initialMemory`. */
export function initialWeightName(part: string): string {
  return `initial${part.charAt(0).toUpperCase()}${part.slice(1)}`;
}

/** What an author names: an object, and names that can stand in an equation. */
function named<T>(what: string, given: Readonly<Record<string, T>>): [string, T][] {
  if (typeof given !== 'object' || given === null)
    throw new CellError(`Expected ${what} to be an object, got ${describe(given)}`);
  for (const name of Object.keys(given)) checkName(`a name in ${what}`, name);
  return Object.entries(given);
}

function checkName(what: string, name: string): void {
  if (typeof name !== 'string' || !NAME.test(name))
    throw new CellError(`Expected ${what} to be letters, digits and _, got ${describe(name)}`);
}

function checkShape(what: string, shape: readonly number[]): void {
  const isShape = Array.isArray(shape) && [1, 2].includes(shape.length);
  if (!isShape || !shape.every((size) => Number.isInteger(size) && size > 0))
    throw new CellError(
      `Expected ${what} to be of whole sizes above 0, got ${Array.isArray(shape) ? shapeInWords(shape) : describe(shape)}`,
    );
}

function weightOf(what: string, weight: Weight): WeightOfCell {
  const made = typeof weight === 'object' && 'shape' in weight ? weight : { shape: weight, initial: undefined };
  checkShape(what, made.shape);
  const { shape, initial } = made;
  if (initial === undefined) return made;
  checkInitial(what, shape, initial);
  return { shape, initial: plainest(shape, initial) };
}

function checkInitial(what: string, shape: WeightShape, initial: InitialValue): void {
  const numbers: readonly unknown[] = Array.isArray(initial) ? initial : [initial];
  for (const number of numbers)
    if (!Number.isFinite(number))
      throw new CellError(`Expected the initial value of ${what} to be a finite number, got ${describe(number)}`);
  checkBlocks(what, shape, numbers.length);
}

/**
 * Checks that a weight can have initial values for so many blocks of columns.
 * @throws {CellError} when it cannot.
 */
export function checkBlocks(what: string, shape: Shape, count: number): void {
  const columns = columnsOf(shape);
  if (count === 0 || columns % count !== 0)
    throw new CellError(
      `Expected the initial values of ${what} to be as many as divide its ${columns} columns, got ${count}`,
    );
}

/** The same in the fewest words, so that what begins in the same way is recorded in the same way. */
function plainest(shape: WeightShape, initial: InitialValue): InitialValue | undefined {
  const [first, ...others] = typeof initial === 'number' ? [initial] : initial;
  if (others.some((number) => number !== first)) return initial;
  return first === 0 && shape.length === 1 ? undefined : first;
}

/** Checks that it is rows of an expression graph, where it says so of this width. */
function rowsOf(what: string, made: Expression | undefined, graph: ExpressionGraph, width?: number): Expression {
  if (!(made instanceof Expression)) throw new CellError(`Expected ${what} to be an expression, got ${typeof made}`);
  if (made.graph !== graph) throw new CellError(`Expected ${what} to be an expression of it, got one of another cell`);
  if (!isBatch(made.shape) || (width !== undefined && made.width !== width))
    throw new CellError(`Expected ${what} to be [batch × ${width ?? '…'}], got ${shapeInWords(made.shape)}`);
  return made;
}
