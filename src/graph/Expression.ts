import { CellError } from '../errors.js';
import type { ExpressionGraph } from './ExpressionGraph.js';
import type { OperationName } from './operationNames.js';
import { columnsOf, type Shape, shapeInWords } from './Shape.js';

/** What an expression's values change with: every training step only, every input, or every time step of the state. */
export type Dependence = 'weights' | 'inputs' | 'state';

/** The parameters of an operation, beside its operands. */
export interface Attributes {
  /** Of a leaf. */
  readonly name?: string | undefined;
  /** Of a constant. */
  readonly value?: number | undefined;
  /** The first column. */
  readonly from?: number | undefined;
  /** The column behind the last. */
  readonly to?: number | undefined;
}

/** So many expressions. */
export type Blocks<Count extends number, Sofar extends Expression[] = []> = number extends Count
  ? Expression[]
  : Sofar['length'] extends Count
    ? Sofar
    : Blocks<Count, [...Sofar, Expression]>;

/** What a binary operation takes beside an expression. */
export type Operand = Expression | number;

/**
 * A value of a cell's equation, not computed but described: which operation makes it, of what. The same operation on the same
 * operands is the same object.
 */
export class Expression {
  /** What made it. */
  readonly graph: ExpressionGraph;
  /** Its number in the graph: operands have lower ones. */
  readonly id: number;
  /** What is done. */
  readonly operation: OperationName;
  /** Of what. */
  readonly args: readonly Expression[];
  /** The parameters of the operation. */
  readonly attributes: Attributes;
  /** Its shape. */
  readonly shape: Shape;
  /** What its values change with. */
  readonly dependence: Dependence;

  /** `ExpressionGraph.make` makes them. */
  constructor(
    graph: ExpressionGraph,
    id: number,
    operation: OperationName,
    args: readonly Expression[],
    attributes: Attributes,
    shape: Shape,
    dependence: Dependence,
  ) {
    this.graph = graph;
    this.id = id;
    this.operation = operation;
    this.args = args;
    this.attributes = attributes;
    this.shape = shape;
    this.dependence = dependence;
  }

  /** How many columns it has. */
  get width(): number {
    return columnsOf(this.shape);
  }

  /** this + other, number by number; a row is added to every row. Without an operand (a bias that a model lacks), this. */
  plus(other: Operand | undefined): Expression {
    return other === undefined ? this : this.#with('add', other);
  }

  /** this − other */
  minus(other: Operand): Expression {
    return this.#with('subtract', other);
  }

  /** this ⊗ other, number by number; a row scales the columns of every row. */
  times(other: Operand): Expression {
    return this.#with('multiply', other);
  }

  /** this / other, number by number. */
  dividedBy(other: Operand): Expression {
    return this.#with('divide', other);
  }

  /** this · weights, the product with a matrix `[width × n]`. */
  dot(weights: Expression): Expression {
    return this.graph.make('product', [this, weights]);
  }

  /** `count` equal blocks of columns; of a row of weights, its parts. */
  split<const Count extends number>(count: Count): Blocks<Count> {
    if (!Number.isInteger(count) || count < 1)
      throw new CellError(`Expected a split to be into a whole number of blocks above 0, got ${count}`);
    const size = this.width / count;
    if (!Number.isInteger(size))
      throw new CellError(
        `Expected columns that ${count} divides for split(${count}), got ${shapeInWords(this.shape)}`,
      );
    const blocks = Array.from({ length: count }, (_, at) => this.columns(at * size, (at + 1) * size));
    return blocks as Expression[] as Blocks<Count>;
  }

  /** The columns from `from` on, up to and without `to`. */
  columns(from: number, to: number): Expression {
    return from === 0 && to === this.width ? this : this.graph.make('columns', [this], { from, to });
  }

  #with(operation: OperationName, other: Operand): Expression {
    return this.graph.make(operation, [this, typeof other === 'number' ? this.graph.constant(other) : other]);
  }
}
