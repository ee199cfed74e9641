import type { Expression } from './Expression.js';
import type { Interpreter } from './Interpreter.js';
import { OPERATIONS } from './operations.js';

/** Values of expressions: those that are given, and what is computed of them, each once, when it is asked for. */
export class Evaluation<T> {
  readonly #on: Interpreter<T>;
  readonly #values: Map<Expression, T>;

  constructor(on: Interpreter<T>, given: Iterable<readonly [Expression, T]> = []) {
    this.#on = on;
    this.#values = new Map(given);
  }

  /** The value of an expression. */
  of(expression: Expression): T {
    const known = this.#values.get(expression);
    if (known !== undefined) return known;
    const { operation, args, attributes } = expression;
    if (operation === 'columns') this.#split(args[0] as Expression);
    else {
      const values = args.map((arg) => this.of(arg));
      this.#values.set(expression, OPERATIONS[operation].run(this.#on, values, attributes));
    }
    return this.#values.get(expression) as T;
  }

  /** Whether it has the value of an expression already. */
  has(expression: Expression): boolean {
    return this.#values.has(expression);
  }

  /** Gives an expression a value. */
  set(expression: Expression, value: T): void {
    this.#values.set(expression, value);
  }

  /** All blocks of columns that are made of `whole`, by one split. */
  #split(whole: Expression): void {
    const blocks = whole.graph.piecesOf(whole).map((piece) => {
      const { from = 0, to = 0 } = piece.attributes;
      return { piece, from, to };
    });
    const cuts = [...new Set([0, whole.width, ...blocks.flatMap(({ from, to }) => [from, to])])].sort((a, b) => a - b);
    const sizes = cuts.slice(1).map((cut, at) => cut - (cuts[at] as number));
    const parts = this.#on.splitColumns(this.of(whole), sizes);
    for (const { piece, from, to } of blocks) {
      const own = parts.slice(cuts.indexOf(from), cuts.indexOf(to));
      if (!this.#values.has(piece)) this.#values.set(piece, this.#on.joinColumns(own));
    }
  }
}
