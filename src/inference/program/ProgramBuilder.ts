import type { Interpreter } from '../../graph/Interpreter.js';
import type { Matrix } from '../../graph/run/arrays.js';
import { FIRST_FREE } from '../kernel/Kernel.js';
import * as codes from '../kernel/operationCodes.js';
import { columnsOf, type Operand, sideBySide } from './Operand.js';
import { type Instruction, Program } from './Program.js';
import { packColumns, panelsOf } from './packColumns.js';

/** Four numbers, which a kernel computes with at once. */
const STEP = 16;
const ALIGNED = 64;

/** Records operations instead of computing them: what `Program` then runs, time step after time step. */
export class ProgramBuilder implements Interpreter<Operand> {
  readonly #instructions: Instruction[] = [];
  readonly #fixed: { readonly address: number; readonly numbers: Float32Array }[] = [];
  readonly #packed = new Map<Matrix, number>();
  #fixedEnd = FIRST_FREE;
  #rowBytes = 0;

  /** How many operations were recorded so far. */
  get length(): number {
    return this.#instructions.length;
  }

  /** Everything that was recorded. */
  program(): Program {
    return new Program(this.#instructions, this.#fixed, this.#fixedEnd, this.#rowBytes);
  }

  /** Rows in working memory. */
  rows(width: number): Operand {
    const at = this.#rowBytes;
    // Four numbers are written at once, wherever the last of them begins; products are written by panels.
    const stride = Math.ceil((4 * (width + 3)) / ALIGNED) * ALIGNED;
    this.#rowBytes += stride;
    return { width, isFixed: false, at, column: 0, stride };
  }

  /** Numbers that stay the same: a row, one number, or a matrix to multiply by. */
  fixed(numbers: Matrix, isMatrix: boolean): Operand {
    const { columns: width, data } = numbers;
    const place = { width, isFixed: true, column: 0, stride: 0 };
    if (isMatrix) return { ...place, at: -1, matrix: numbers };
    return { ...place, at: this.#keep(Float32Array.from(data)) };
  }

  constant(value: number): Operand {
    return this.fixed({ rows: 1, columns: 1, data: Float32Array.of(value) }, false);
  }

  add(a: Operand, b: Operand): Operand {
    return this.#binary(codes.ADD, a, b);
  }

  subtract(a: Operand, b: Operand): Operand {
    return this.#binary(codes.SUBTRACT, a, b);
  }

  multiply(a: Operand, b: Operand): Operand {
    return this.#binary(codes.MULTIPLY, a, b);
  }

  divide(a: Operand, b: Operand): Operand {
    return this.#binary(codes.DIVIDE, a, b);
  }

  minimum(a: Operand, b: Operand): Operand {
    return this.#binary(codes.MINIMUM, a, b);
  }

  maximum(a: Operand, b: Operand): Operand {
    return this.#binary(codes.MAXIMUM, a, b);
  }

  atLeast(a: Operand, b: Operand): Operand {
    return this.#binary(codes.AT_LEAST, a, b);
  }

  sigmoidGradient(sigmoid: Operand, gradient: Operand): Operand {
    return this.#binary(codes.SIGMOID_GRADIENT, sigmoid, gradient);
  }

  tanhGradient(tanh: Operand, gradient: Operand): Operand {
    return this.#binary(codes.TANH_GRADIENT, tanh, gradient);
  }

  negate(a: Operand): Operand {
    return this.#unary(codes.NEGATE, a);
  }

  oneMinus(a: Operand): Operand {
    return this.#unary(codes.ONE_MINUS, a);
  }

  sigmoid(a: Operand): Operand {
    return this.#unary(codes.SIGMOID, a);
  }

  logSigmoid(a: Operand): Operand {
    return this.#unary(codes.LOG_SIGMOID, a);
  }

  tanh(a: Operand): Operand {
    return this.#unary(codes.TANH, a);
  }

  relu(a: Operand): Operand {
    return this.#unary(codes.RELU, a);
  }

  exp(a: Operand): Operand {
    return this.#unary(codes.EXP, a);
  }

  softplus(a: Operand): Operand {
    return this.#unary(codes.SOFTPLUS, a);
  }

  squareRoot(a: Operand): Operand {
    return this.#unary(codes.SQUARE_ROOT, a);
  }

  /** ln softmax of each row. */
  logSoftmax(rows: Operand): Operand {
    return this.#unary(codes.LOG_SOFTMAX, rows);
  }

  product(a: Operand, b: Operand): Operand {
    const { matrix } = b;
    if (!matrix) throw new TypeError('Rows are multiplied by weights alone');
    const address = this.#packed.get(matrix) ?? this.#keep(packColumns(matrix));
    this.#packed.set(matrix, address);
    const right = { width: matrix.columns, isFixed: true, at: address, column: 0, stride: matrix.rows };
    return this.#record(codes.PRODUCT, this.rows(panelsOf(matrix.columns) * codes.PANEL), matrix.columns, a, right);
  }

  rowSum(rows: Operand): Operand {
    return { ...this.#record(codes.ROW_SUM, this.rows(1), rows.width, rows), width: 1 };
  }

  spread(column: Operand, like: Operand): Operand {
    return this.#copy(this.rows(like.width), column);
  }

  zerosLike(like: Operand): Operand {
    return this.#copy(this.rows(like.width), this.constant(0));
  }

  splitColumns(columns: Operand, sizes: readonly number[]): Operand[] {
    let from = 0;
    return sizes.map((size) => {
      from += size;
      return columnsOf(columns, from - size, size);
    });
  }

  joinColumns(parts: readonly Operand[]): Operand {
    const there = sideBySide(parts);
    if (there) return there;
    const whole = this.rows(parts.reduce((sum, { width }) => sum + width, 0));
    let from = 0;
    for (const part of parts) {
      this.#copy(columnsOf(whole, from, part.width), part);
      from += part.width;
    }
    return whole;
  }

  transpose(): Operand {
    return notInTimeSteps();
  }

  productOfTransposed(): Operand {
    return notInTimeSteps();
  }

  productWithTransposed(): Operand {
    return notInTimeSteps();
  }

  sumOfRows(): Operand {
    return notInTimeSteps();
  }

  splitRows(): Operand[] {
    return notInTimeSteps();
  }

  joinRows(): Operand {
    return notInTimeSteps();
  }

  #binary(operation: number, a: Operand, b: Operand): Operand {
    const width = Math.max(a.width, b.width);
    return this.#record(operation, this.rows(width), width, a, b);
  }

  #unary(operation: number, a: Operand): Operand {
    return this.#record(operation, this.rows(a.width), a.width, a);
  }

  #copy(to: Operand, from: Operand): Operand {
    return this.#record(codes.COPY, to, to.width, from);
  }

  #record(operation: number, result: Operand, columns: number, left: Operand, right?: Operand): Operand {
    const step = (of: Operand | undefined): number => (of && of.width === columns ? STEP : 0);
    this.#instructions.push({ operation, result, columns, left, leftStep: step(left), right, rightStep: step(right) });
    return { ...result, width: columns };
  }

  /** Gives numbers a place, where whole panels and groups of four can be read. */
  #keep(numbers: Float32Array): number {
    const address = this.#fixedEnd;
    this.#fixed.push({ address, numbers });
    this.#fixedEnd += Math.ceil((4 * (numbers.length + 3)) / ALIGNED) * ALIGNED;
    return address;
  }
}

/** What only gradients of weights need. */
function notInTimeSteps(): never {
  throw new TypeError('Time steps have no such operation');
}
