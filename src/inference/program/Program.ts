import type { Kernel } from '../kernel/Kernel.js';
import { INSTRUCTION } from '../kernel/operationCodes.js';
import { addressOf, type Operand } from './Operand.js';

/** An operation, and what it is done with. */
export interface Instruction {
  readonly operation: number;
  readonly result: Operand;
  readonly columns: number;
  readonly left: Operand;
  readonly leftStep: number;
  readonly right: Operand | undefined;
  readonly rightStep: number;
}

const BYTES = 4 * INSTRUCTION;
const SLACK = 256;

/** A flat list of instructions, the numbers that they need, and working memory for as many rows as were asked for. */
export class Program {
  readonly #instructions: readonly Instruction[];
  readonly #fixed: readonly { readonly address: number; readonly numbers: Float32Array }[];
  readonly #start: number;
  readonly #base: number;
  readonly #rowBytes: number;
  #room = 0;

  constructor(
    instructions: readonly Instruction[],
    fixed: readonly { readonly address: number; readonly numbers: Float32Array }[],
    fixedEnd: number,
    rowBytes: number,
  ) {
    this.#instructions = instructions;
    this.#fixed = fixed;
    this.#start = fixedEnd;
    this.#base = Math.ceil((fixedEnd + BYTES * instructions.length) / 64) * 64;
    this.#rowBytes = rowBytes;
  }

  /** Puts its numbers into a kernel's memory, with working memory for one row. */
  load(kernel: Kernel): void {
    this.#reserve(kernel, 1);
    for (const { address, numbers } of this.#fixed) kernel.floats.set(numbers, address / 4);
    this.#link(kernel, 1);
  }

  /** Sees that there is room for so many rows. What is in working memory may be lost. */
  makeRoom(kernel: Kernel, rows: number): void {
    if (rows <= this.#room) return;
    this.#reserve(kernel, rows);
    this.#link(kernel, rows);
  }

  /** Runs instructions from one of them up to another. */
  run(kernel: Kernel, from: number, to: number, rows: number): void {
    if (to > from) kernel.run(this.#start + BYTES * from, this.#start + BYTES * to, rows);
  }

  /** Behind how many instructions an operand is what it is; `undefined`: none of them writes it. */
  behind({ isFixed, at, column, width }: Operand): number | undefined {
    const last = this.#instructions.findLastIndex(({ result, columns }) => {
      const isOfSame = result.isFixed === isFixed && result.at === at;
      return isOfSame && result.column < column + 4 * width && column < result.column + 4 * columns;
    });
    return last < 0 ? undefined : last + 1;
  }

  /** Where the numbers of a row are, among the kernel's floats. */
  placeOf(operand: Operand, row: number): number {
    return (addressOf(operand, this.#base, this.#room) + row * operand.stride) / 4;
  }

  #reserve(kernel: Kernel, rows: number): void {
    kernel.reserve(this.#base + rows * this.#rowBytes + SLACK);
  }

  #link(kernel: Kernel, room: number): void {
    this.#room = room;
    const address = (operand: Operand | undefined): number => (operand ? addressOf(operand, this.#base, room) : 0);
    for (const [at, { operation, result, columns, left, leftStep, right, rightStep }] of this.#instructions.entries())
      kernel.integers.set(
        [
          ...[operation, address(result), result.stride, columns],
          ...[address(left), left.stride, leftStep],
          ...[address(right), right?.stride ?? 0, rightStep],
        ],
        (this.#start + BYTES * at) / 4,
      );
  }
}
