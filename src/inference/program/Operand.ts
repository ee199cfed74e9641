import type { Matrix } from '../../graph/run/arrays.js';

/** Numbers in a kernel's memory, and where they are. */
export interface Operand {
  /** How many columns. */
  readonly width: number;
  /** Whether it stays where it is; else it is in working memory, which has room for more or fewer rows. */
  readonly isFixed: boolean;
  /** The address of what it is part of; in working memory, how many bytes of each row lie before that. */
  readonly at: number;
  /** The bytes before its first column. */
  readonly column: number;
  /** The bytes from a row to the next; 0: the same for all rows. */
  readonly stride: number;
  /** The numbers of a matrix, which is there only to be multiplied by. */
  readonly matrix?: Matrix | undefined;
}

/** The address of an operand's first number, in working memory from `base` on that has room for so many rows. */
export function addressOf({ isFixed, at, column }: Operand, base: number, room: number): number {
  return (isFixed ? at : base + at * room) + column;
}

/** Columns of an operand. */
export function columnsOf(operand: Operand, from: number, width: number): Operand {
  return { ...operand, column: operand.column + 4 * from, width };
}

/** What operands make up together, where they stand side by side already. */
export function sideBySide(parts: readonly Operand[]): Operand | undefined {
  const [first] = parts;
  if (!first) return undefined;
  let width = 0;
  for (const part of parts) {
    const isNext = part.isFixed === first.isFixed && part.at === first.at && part.column === first.column + 4 * width;
    if (!isNext) return undefined;
    width += part.width;
  }
  return { ...first, width };
}
