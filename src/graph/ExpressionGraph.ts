import { CellError } from '../errors.js';
import { type Attributes, type Dependence, Expression } from './Expression.js';
import type { OperationName } from './operationNames.js';
import { OPERATIONS } from './operations.js';
import { type Shape, shapeInWords } from './Shape.js';

/** What makes the expressions of one cell, and knows them. */
export class ExpressionGraph {
  readonly #made = new Map<string, Expression>();
  readonly #pieces = new Map<Expression, Expression[]>();

  /** All expressions, operands before what is made of them. */
  get expressions(): readonly Expression[] {
    return [...this.#made.values()];
  }

  /** What is given when the graph is computed. */
  leaf(name: string, shape: Shape, dependence: Dependence): Expression {
    return this.#keep('leaf', [], { name }, shape, dependence);
  }

  /**
   * A number.
   * @throws {CellError} when it is not finite.
   */
  constant(value: number): Expression {
    if (!Number.isFinite(value)) throw new CellError(`Expected a constant to be a finite number, got ${value}`);
    return this.#keep('constant', [], { value }, [], 'weights');
  }

  /**
   * An operation on operands of this graph.
   * @throws {CellError} when their shapes do not fit.
   */
  make(operation: OperationName, args: readonly Expression[], attributes: Attributes = {}): Expression {
    for (const arg of args)
      if (!(arg instanceof Expression) || arg.graph !== this)
        throw new CellError(
          `Expected the operands of ${operation} to be expressions of this cell, got ${this.#describe(arg)}`,
        );
    const shape = OPERATIONS[operation].shape(
      args.map((arg) => arg.shape),
      attributes,
    );
    if (typeof shape === 'string') {
      const got = args.map((arg) => shapeInWords(arg.shape)).join(' and ');
      const which = attributes.from === undefined ? '' : ` (columns ${attributes.from} to ${attributes.to})`;
      throw new CellError(`Expected ${shape} for ${operation}${which}, got ${got}`);
    }
    return this.#keep(operation, args, attributes, shape, dependenceOf(args));
  }

  /** All blocks of columns that were made of an expression. */
  piecesOf(expression: Expression): readonly Expression[] {
    return this.#pieces.get(expression) ?? [];
  }

  #keep(
    operation: OperationName,
    args: readonly Expression[],
    attributes: Attributes,
    shape: Shape,
    dependence: Dependence,
  ): Expression {
    const key = JSON.stringify([operation, args.map(({ id }) => id), attributes]);
    const known = this.#made.get(key);
    if (known) return known;
    const made = new Expression(this, this.#made.size, operation, args, attributes, shape, dependence);
    this.#made.set(key, made);
    const [whole] = args;
    if (operation === 'columns' && whole) this.#pieces.set(whole, [...this.piecesOf(whole), made]);
    return made;
  }

  /** What stands where an expression of this graph should; a misspelt name is `undefined`, so the right ones are told. */
  #describe(value: unknown): string {
    if (value instanceof Expression) return 'one of another cell';
    if (value !== undefined) return typeof value;
    const names = this.expressions.flatMap(({ operation, attributes: { name } }) =>
      operation === 'leaf' ? [name] : [],
    );
    return `undefined; it has ${names.join(', ')}`;
  }
}

function dependenceOf(args: readonly Expression[]): Dependence {
  if (args.some(({ dependence }) => dependence === 'state')) return 'state';
  return args.some(({ dependence }) => dependence === 'inputs') ? 'inputs' : 'weights';
}
