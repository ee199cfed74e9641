import type { Expression } from '../graph/Expression.js';
import { substitute } from '../graph/substitute.js';
import { OUTPUTS } from '../graph/TracedCell.js';
import { type Cell, type CellSizes, initialWeightName, type StepResult, type Weight } from './cell.js';

/** What a time step is given, by name. */
export type Given = Readonly<Record<string, Expression | undefined>>;

/** A cell in a cell, at some sizes: that one has the inner one's state and weights under the same names, and weights of its own beside them. */
export class Wrapped {
  readonly #inner: Cell;
  readonly #sizes: CellSizes;

  constructor(inner: Cell, sizes: CellSizes) {
    this.#inner = inner;
    this.#sizes = sizes;
  }

  /** Its weights, and these; `undefined` is one that there is not at these sizes. */
  weights(added: Readonly<Record<string, Weight | undefined>>): Record<string, Weight | undefined> {
    const own = Object.entries(this.#inner.weights(this.#sizes)).map(([name, { shape, initial }]) => [
      name,
      initial === undefined ? shape : { shape, initial },
    ]);
    return Object.fromEntries([
      ...own,
      ...Object.entries(added).map(([name, weight]) => [this.#freeName(name), weight]),
    ]);
  }

  /** One of the weights that were added. */
  weight(name: string, given: Given): Expression | undefined {
    return given[this.#freeName(name)];
  }

  /** Its time step. */
  step(x: Expression, given: Given): StepResult<Readonly<Record<string, number>>> {
    const { input, state, weights, output, next, gates } = this.#inner.trace(this.#sizes);
    const leaves = Object.entries({ ...state, ...weights });
    const here = substitute(
      x.graph,
      new Map([[input, x], ...leaves.map(([name, leaf]) => [leaf, given[name] as Expression] as const)]),
    );
    // The parts of the state, and the output where it is none of them, are seen anyway.
    const seen = Object.entries(gates).filter(([name]) => !Object.hasOwn(next, name) && name !== OUTPUTS);
    const all = (named: readonly (readonly [string, Expression])[]): Record<string, Expression> =>
      Object.fromEntries(named.map(([name, of]) => [name, here(of)]));
    return { output: here(output), state: all(Object.entries(next)), gates: all(seen) };
  }

  /** The name, or where the inner cell has something of that name, with the first number behind it that is free. */
  #freeName(wanted: string): string {
    const parts = Object.keys(this.#inner.state(this.#sizes));
    const weights = Object.keys(this.#inner.weights(this.#sizes));
    const taken = new Set([...parts, ...weights, ...parts.map(initialWeightName)]);
    let name = wanted;
    for (let number = 2; taken.has(name); number++) name = `${wanted}${number}`;
    return name;
  }
}

/** The weight that carries what is read over to another width; `undefined` where it is as wide as the output. */
export function carryShape({ input, hidden }: CellSizes): Weight | undefined {
  return input === hidden ? undefined : [input, hidden];
}
