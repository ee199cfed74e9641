import type { TracedCell } from '../TracedCell.js';
import { equationsOf } from './equationsOf.js';
import { NOTATIONS, type NotationName } from './Notation.js';
import { writeExpression } from './writeExpression.js';

/** A cell in mathematics. */
export interface PrintedCell {
  /** A line for each gate, part of the state, and output. */
  readonly equation: string;
  /** For each weight what it is in the equation: its symbol, or `[W_f, W_i]`, its blocks of columns in their order, or both: `W = [W_f, W_i]`. */
  readonly weights: Readonly<Record<string, string>>;
  /** The symbols of gates and of parts of the state after the time step, by name. */
  readonly names: Readonly<Record<string, string>>;
}

/** The equation of a cell in mathematics: as characters, for terminals and comments, or as LaTeX. */
export function printCell(cell: TracedCell, notationName: NotationName): PrintedCell {
  const notation = NOTATIONS[notationName];
  const { lines, symbols, weights, names } = equationsOf(cell);
  const written = lines.map(({ symbol, value, isSymbol }) => {
    const other = isSymbol ? symbols.get(value) : undefined;
    return [
      notation.symbol(symbol),
      other ? notation.symbol(other) : writeExpression(value, notation, symbols),
    ] as const;
  });
  return {
    equation: notation.lines(written),
    weights: Object.fromEntries(
      weights.map(({ name, whole, blocks, isAll }) => {
        const joined = notation.join([...blocks.map(notation.symbol), ...(isAll ? [] : ['…'])]);
        return [name, [...(whole ? [notation.symbol(whole)] : []), ...(blocks.length > 0 ? [joined] : [])].join(' = ')];
      }),
    ),
    names: Object.fromEntries(names.map(({ name, symbol }) => [name, notation.symbol(symbol)])),
  };
}
