import type { Interpreter } from '../Interpreter.js';

/** Numbers in rows: `rows × columns`, row-major. A row of weights is one row; a number is one of one. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array | Float64Array;
}

/** The kind of arrays that results are. */
export type ArrayType = Float32ArrayConstructor | Float64ArrayConstructor;

/** The operations on plain arrays: float64 to test by, float32 to compute anywhere. */
export function arrays(ArrayOf: ArrayType): Interpreter<Matrix> {
  const matrix = (rows: number, columns: number): Matrix => ({ rows, columns, data: new ArrayOf(rows * columns) });
  const map = (a: Matrix, change: (value: number) => number): Matrix => {
    const made = matrix(a.rows, a.columns);
    for (let place = 0; place < made.data.length; place++) made.data[place] = change(a.data[place] as number);
    return made;
  };
  const zip = (a: Matrix, b: Matrix, change: (a: number, b: number) => number): Matrix => {
    const made = matrix(Math.max(a.rows, b.rows), Math.max(a.columns, b.columns));
    const [rowOfA, rowOfB] = [a.rows > 1 ? a.columns : 0, b.rows > 1 ? b.columns : 0];
    const [stepOfA, stepOfB] = [a.columns > 1 ? 1 : 0, b.columns > 1 ? 1 : 0];
    for (let row = 0; row < made.rows; row++)
      for (let column = 0; column < made.columns; column++)
        made.data[row * made.columns + column] = change(
          a.data[row * rowOfA + column * stepOfA] as number,
          b.data[row * rowOfB + column * stepOfB] as number,
        );
    return made;
  };
  const on: Interpreter<Matrix> = {
    constant: (value) => ({ rows: 1, columns: 1, data: ArrayOf.of(value) }),
    add: (a, b) => zip(a, b, (x, y) => x + y),
    subtract: (a, b) => zip(a, b, (x, y) => x - y),
    multiply: (a, b) => zip(a, b, (x, y) => x * y),
    divide: (a, b) => zip(a, b, (x, y) => x / y),
    minimum: (a, b) => zip(a, b, Math.min),
    maximum: (a, b) => zip(a, b, Math.max),
    atLeast: (a, b) => zip(a, b, (x, y) => (x >= y ? 1 : 0)),
    negate: (a) => map(a, (x) => -x),
    oneMinus: (a) => map(a, (x) => 1 - x),
    sigmoid: (a) => map(a, (x) => 1 / (1 + Math.exp(-x))),
    logSigmoid: (a) => map(a, (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)))),
    tanh: (a) => map(a, Math.tanh),
    relu: (a) => map(a, (x) => Math.max(x, 0)),
    exp: (a) => map(a, Math.exp),
    softplus: (a) => map(a, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
    squareRoot: (a) => map(a, Math.sqrt),
    sigmoidGradient: (sigmoid, gradient) => zip(sigmoid, gradient, (y, g) => g * y * (1 - y)),
    tanhGradient: (tanh, gradient) => zip(tanh, gradient, (y, g) => g * (1 - y * y)),
    product(a, b) {
      const made = matrix(a.rows, b.columns);
      for (let row = 0; row < a.rows; row++)
        for (let inner = 0; inner < a.columns; inner++) {
          const factor = a.data[row * a.columns + inner] as number;
          for (let column = 0; column < b.columns; column++)
            (made.data[row * b.columns + column] as number) += factor * (b.data[inner * b.columns + column] as number);
        }
      return made;
    },
    productOfTransposed: (a, b) => on.product(on.transpose(a), b),
    productWithTransposed: (a, b) => on.product(a, on.transpose(b)),
    transpose({ rows, columns, data }) {
      const made = matrix(columns, rows);
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          made.data[column * rows + row] = data[row * columns + column] as number;
      return made;
    },
    rowSum({ rows, columns, data }) {
      const made = matrix(rows, 1);
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          (made.data[row] as number) += data[row * columns + column] as number;
      return made;
    },
    spread: (column, like) => zip(column, like, (x) => x),
    zerosLike: ({ rows, columns }) => matrix(rows, columns),
    sumOfRows({ rows, columns, data }) {
      const made = matrix(1, columns);
      for (let place = 0; place < rows * columns; place++)
        (made.data[place % columns] as number) += data[place] as number;
      return made;
    },
    splitColumns({ rows, columns, data }, sizes) {
      let from = 0;
      return sizes.map((size) => {
        const made = matrix(rows, size);
        for (let row = 0; row < rows; row++)
          made.data.set(data.subarray(row * columns + from, row * columns + from + size), row * size);
        from += size;
        return made;
      });
    },
    joinColumns(parts) {
      const rows = parts[0]?.rows ?? 0;
      const made = matrix(
        rows,
        parts.reduce((sum, { columns }) => sum + columns, 0),
      );
      let from = 0;
      for (const { columns, data } of parts) {
        for (let row = 0; row < rows; row++)
          made.data.set(data.subarray(row * columns, (row + 1) * columns), row * made.columns + from);
        from += columns;
      }
      return made;
    },
    splitRows({ rows, columns, data }, count) {
      const size = rows / count;
      return Array.from({ length: count }, (_, at) => ({
        rows: size,
        columns,
        data: data.subarray(at * size * columns, (at + 1) * size * columns),
      }));
    },
    joinRows(parts) {
      const made = matrix(
        parts.reduce((sum, { rows }) => sum + rows, 0),
        parts[0]?.columns ?? 0,
      );
      let from = 0;
      for (const { data } of parts) {
        made.data.set(data, from);
        from += data.length;
      }
      return made;
    },
  };
  return on;
}
