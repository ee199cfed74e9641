import type { Kernel } from './Kernel.js';
import * as codes from './operationCodes.js';

/** Computes in plain code, where there is no WebAssembly: the same instructions, some ten times slower. */
export class PlainKernel implements Kernel {
  floats = new Float32Array(0);
  integers = new Int32Array(0);

  reserve(bytes: number): void {
    if (bytes <= this.floats.byteLength) return;
    const buffer = new ArrayBuffer(Math.ceil(bytes / 4) * 4);
    new Float32Array(buffer).set(this.floats);
    this.floats = new Float32Array(buffer);
    this.integers = new Int32Array(buffer);
  }

  run(from: number, to: number, rows: number): void {
    const { floats, integers } = this;
    for (let at = from / 4; at < to / 4; at += codes.INSTRUCTION) {
      const field = (place: number): number => integers[at + place] as number;
      const operation = field(codes.OPERATION);
      const columns = field(codes.COLUMNS);
      for (let row = 0; row < rows; row++) {
        const y = (field(codes.RESULT) + row * field(codes.RESULT_ROW)) / 4;
        const a = (field(codes.LEFT) + row * field(codes.LEFT_ROW)) / 4;
        if (operation === codes.PRODUCT) product(floats, y, columns, a, field(codes.RIGHT) / 4, field(codes.RIGHT_ROW));
        else if (operation === codes.ROW_SUM) floats[y] = rowSum(floats, a, columns);
        else if (operation === codes.LOG_SOFTMAX) logSoftmax(floats, y, a, columns);
        else {
          const b = (field(codes.RIGHT) + row * field(codes.RIGHT_ROW)) / 4;
          const [stepOfA, stepOfB] = [field(codes.LEFT_STEP) / 16, field(codes.RIGHT_STEP) / 16];
          const compute = COMPUTE[operation] as (a: number, b: number) => number;
          for (let column = 0; column < columns; column++)
            floats[y + column] = compute(
              floats[a + column * stepOfA] as number,
              floats[b + column * stepOfB] as number,
            );
        }
      }
    }
  }
}

/** What is computed number by number. */
const COMPUTE: Readonly<Record<number, (a: number, b: number) => number>> = {
  [codes.ADD]: (a, b) => a + b,
  [codes.SUBTRACT]: (a, b) => a - b,
  [codes.MULTIPLY]: (a, b) => a * b,
  [codes.DIVIDE]: (a, b) => a / b,
  [codes.MINIMUM]: Math.min,
  [codes.MAXIMUM]: Math.max,
  [codes.AT_LEAST]: (a, b) => (a >= b ? 1 : 0),
  [codes.SIGMOID_GRADIENT]: (a, b) => b * a * (1 - a),
  [codes.TANH_GRADIENT]: (a, b) => b * (1 - a * a),
  [codes.NEGATE]: (a) => -a,
  [codes.ONE_MINUS]: (a) => 1 - a,
  [codes.SIGMOID]: (a) => 1 / (1 + Math.exp(-a)),
  [codes.LOG_SIGMOID]: (a) => Math.min(a, 0) - Math.log1p(Math.exp(-Math.abs(a))),
  [codes.TANH]: Math.tanh,
  [codes.RELU]: (a) => Math.max(a, 0),
  [codes.EXP]: Math.exp,
  [codes.SOFTPLUS]: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
  [codes.SQUARE_ROOT]: Math.sqrt,
  [codes.COPY]: (a) => a,
};

/** A row times a packed matrix, four columns at once. */
function product(floats: Float32Array, y: number, columns: number, x: number, panels: number, inner: number): void {
  for (let column = 0; column < columns; column += 4) {
    const place = column % codes.PANEL;
    let w = panels + (column - place) * inner + place;
    let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
    for (let at = x; at < x + inner; at++) {
      const factor = floats[at] as number;
      sum0 += factor * (floats[w] as number);
      sum1 += factor * (floats[w + 1] as number);
      sum2 += factor * (floats[w + 2] as number);
      sum3 += factor * (floats[w + 3] as number);
      w += codes.PANEL;
    }
    floats[y + column] = sum0;
    floats[y + column + 1] = sum1;
    floats[y + column + 2] = sum2;
    floats[y + column + 3] = sum3;
  }
}

function rowSum(floats: Float32Array, a: number, columns: number): number {
  let sum = 0;
  for (let column = 0; column < columns; column++) sum += floats[a + column] as number;
  return sum;
}

function logSoftmax(floats: Float32Array, y: number, a: number, columns: number): void {
  let largest = -Infinity;
  for (let column = 0; column < columns; column++) largest = Math.max(largest, floats[a + column] as number);
  let sum = 0;
  for (let column = 0; column < columns; column++) sum += Math.exp((floats[a + column] as number) - largest);
  const shift = largest + Math.log(sum);
  for (let column = 0; column < columns; column++) floats[y + column] = (floats[a + column] as number) - shift;
}
