/**
 * The operations that expressions are made of, on values of some kind: tensors, nodes of a graph, arrays of numbers. `rows` have a
 * row for each sequence, or for each sequence at each time step; what is smaller (a number, a row, a column) is repeated.
 */
export interface Interpreter<T> {
  constant(value: number): T;
  add(a: T, b: T): T;
  subtract(a: T, b: T): T;
  multiply(a: T, b: T): T;
  divide(a: T, b: T): T;
  minimum(a: T, b: T): T;
  maximum(a: T, b: T): T;
  /** 1 where a ≥ b, else 0. */
  atLeast(a: T, b: T): T;
  negate(a: T): T;
  /** 1 − a */
  oneMinus(a: T): T;
  sigmoid(a: T): T;
  /** ln σ(a) */
  logSigmoid(a: T): T;
  tanh(a: T): T;
  /** max(a, 0) */
  relu(a: T): T;
  exp(a: T): T;
  /** ln(1 + eᵃ) */
  softplus(a: T): T;
  squareRoot(a: T): T;
  /** gradient·σ·(1 − σ), from the sigmoid. */
  sigmoidGradient(sigmoid: T, gradient: T): T;
  /** gradient·(1 − tanh²), from the hyperbolic tangent. */
  tanhGradient(tanh: T, gradient: T): T;
  /** a·b, of matrices. */
  product(a: T, b: T): T;
  /** aᵀ·b */
  productOfTransposed(a: T, b: T): T;
  /** a·bᵀ */
  productWithTransposed(a: T, b: T): T;
  transpose(matrix: T): T;
  /** The sum of each row: `[rows × 1]`. */
  rowSum(rows: T): T;
  /** A column repeated, as wide as `like`. */
  spread(column: T, like: T): T;
  /** Zeros of the shape of `like`. */
  zerosLike(like: T): T;
  /** The sum of all rows, `[columns]`. */
  sumOfRows(rows: T): T;
  /** Blocks of columns of these sizes, which add up to all. Of a row, its parts. */
  splitColumns(columns: T, sizes: readonly number[]): T[];
  joinColumns(parts: readonly T[]): T;
  /** `count` equal runs of rows. */
  splitRows(rows: T, count: number): T[];
  joinRows(parts: readonly T[]): T;
}

/** What a language model is computed with beside these. */
export interface LossOperations<T> {
  /** ln softmax of each row. */
  logSoftmax(rows: T): T;
  /** Single numbers by their places, (row, column) each: `[count × 2]` → `[count]`; or rows, by theirs: `[count × 1]` → `[count × columns]`. */
  pick(values: T, places: T): T;
  /** aᵀ·b, of numbers that are rounded to bfloat16 (8 binary digits), as is what comes out. */
  roughProductOfTransposed(a: T, b: T): T;
  /** `values` with numbers subtracted at places. */
  subtractAt(values: T, places: T, subtrahends: T): T;
}

/** All operations that a language model is computed with. */
export type Operations<T> = Interpreter<T> & LossOperations<T>;
