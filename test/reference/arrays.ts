/** A weight or a gradient: its shape, and its numbers in row-major order. */
export interface ReferenceTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Tensors by name: `embedding`, `layers.0.inputWeights`, … */
export type ReferenceTensors = Readonly<Record<string, ReferenceTensor>>;

/** Numbers of one time step of one sequence. */
export type Vector = Float64Array;

/** Some columns of a tensor, seen where they lie: writing to the matrix writes to the tensor. */
export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
  /** The distance from a row to the next. */
  readonly stride: number;
  /** Where the first row starts. */
  readonly offset: number;
}

/** The element at an index; unlike `array[index]`, an error when there is none. */
export function at<T>(array: ArrayLike<T>, index: number): T {
  const value = array[index];
  if (value === undefined) throw new RangeError(`Expected an index below ${array.length}, got ${index}`);
  return value;
}

/** The tensor of a name. */
export function tensorOf(tensors: ReferenceTensors, name: string): ReferenceTensor {
  const tensor = tensors[name];
  if (!tensor) throw new RangeError(`Expected one of ${Object.keys(tensors).join(', ')}, got ${name}`);
  return tensor;
}

/** Zeros in the shapes of other tensors. */
export function zerosLike(tensors: ReferenceTensors): ReferenceTensors {
  const zeros = ({ shape, data }: ReferenceTensor) => ({ shape, data: new Float64Array(data.length) });
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, zeros(tensor)]));
}

/** Block `index` of the `count` blocks that a tensor's columns fall into. */
export function columnBlock({ shape, data }: ReferenceTensor, index = 0, count = 1): Matrix {
  const stride = at(shape, 1);
  const columns = stride / count;
  return { data, rows: at(shape, 0), columns, stride, offset: index * columns };
}

/** Block `index` of the `count` blocks that a vector falls into, in the same memory. */
export function block(vector: Vector, index: number, count: number): Vector {
  const length = vector.length / count;
  return vector.subarray(index * length, (index + 1) * length);
}

/** Row `index` of a tensor, in the same memory. */
export function row({ shape, data }: ReferenceTensor, index: number): Vector {
  const columns = at(shape, 1);
  return data.subarray(index * columns, (index + 1) * columns);
}

/** x·M: result[j] = Σ_i x[i]·M[i, j]. */
export function product(x: Vector, m: Matrix): Vector {
  const result = new Float64Array(m.columns);
  for (let i = 0; i < m.rows; i++)
    for (let j = 0; j < m.columns; j++) result[j] = at(result, j) + at(x, i) * at(m.data, m.offset + i * m.stride + j);
  return result;
}

/** y·Mᵀ: result[i] = Σ_j y[j]·M[i, j]. */
export function transposedProduct(y: Vector, m: Matrix): Vector {
  const result = new Float64Array(m.rows);
  for (let i = 0; i < m.rows; i++)
    for (let j = 0; j < m.columns; j++) result[i] = at(result, i) + at(y, j) * at(m.data, m.offset + i * m.stride + j);
  return result;
}

/** M[i, j] += x[i]·y[j]. */
export function addOuterProduct(m: Matrix, x: Vector, y: Vector): void {
  for (let i = 0; i < m.rows; i++)
    for (let j = 0; j < m.columns; j++) {
      const index = m.offset + i * m.stride + j;
      m.data[index] = at(m.data, index) + at(x, i) * at(y, j);
    }
}

/** target[i] += x[i]. */
export function addTo(target: Vector, x: Vector): void {
  for (let i = 0; i < target.length; i++) target[i] = at(target, i) + at(x, i);
}

/** A new vector from the elements of others at the same index: `each((a, b) => a * b, x, y)`. */
export function each(f: (...elements: number[]) => number, first: Vector, ...others: Vector[]): Vector {
  return first.map((element, i) => f(element, ...others.map((other) => at(other, i))));
}

/** Element by element, the sum of vectors; what is undefined counts as zeros. */
export function sum(first: Vector, ...others: (Vector | undefined)[]): Vector {
  const result = first.slice();
  for (const other of others) if (other) addTo(result, other);
  return result;
}

/** Element by element, 1 / (1 + e^−x). */
export function sigmoid(x: Vector): Vector {
  return each((a) => 1 / (1 + Math.exp(-a)), x);
}

/** Element by element, the hyperbolic tangent. */
export function tanh(x: Vector): Vector {
  return each(Math.tanh, x);
}
