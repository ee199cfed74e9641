import type { Tensor } from '@tensorflow/tfjs';
import type { Computation, Groups } from '../../src/graph/Groups.js';
import type { Operations } from '../../src/graph/Interpreter.js';
import { arrays, type Matrix } from '../../src/graph/run/arrays.js';
import type { Engine } from '../../src/model/network/Engine.js';
import { tf } from '../../src/tf.js';

const on = arrays(Float64Array);

function matrix(rows: number, columns: number, value: (row: number, column: number) => number): Matrix {
  const data = Float64Array.from({ length: rows * columns }, (_, at) => value(Math.floor(at / columns), at % columns));
  return { rows, columns, data };
}

function at(of: Matrix, row: number, column: number): number {
  return of.data[row * of.columns + column] ?? NaN;
}

const operations: Operations<Matrix> = {
  ...on,
  logSoftmax: (of) =>
    on.joinRows(
      on.splitRows(of, of.rows).map(({ columns, data }) => {
        let [largest, sum] = [-Infinity, 0];
        for (const x of data) largest = Math.max(largest, x);
        for (const x of data) sum += Math.exp(x - largest);
        return matrix(1, columns, (_, column) => (data[column] ?? NaN) - largest - Math.log(sum));
      }),
    ),
  pick: (of, places) => matrix(1, places.rows, (_, k) => at(of, at(places, k, 0), at(places, k, 1))),
  roughProductOfTransposed: on.productOfTransposed,
  subtractAt(of, places, { data }) {
    const made = { ...of, data: of.data.slice() };
    for (const [k, value] of data.entries())
      (made.data[at(places, k, 0) * of.columns + at(places, k, 1)] as number) -= value;
    return made;
  },
};

/** Networks in float64, slow and simple: what the others are measured by. */
export class ArraysEngine implements Engine<Matrix> {
  valueOf(tensor: Tensor): Matrix {
    return this.floats(tensor.shape, tensor.dataSync() as Float32Array);
  }

  tensor<Shaped extends Tensor>({ data }: Matrix, shape: readonly number[]): Shaped {
    return tf.tensor(Float32Array.from(data), [...shape]) as Shaped;
  }

  floats(shape: readonly number[], values: Float32Array): Matrix {
    const columns = shape.at(-1) ?? 1;
    return { rows: values.length / columns, columns, data: Float64Array.from(values) };
  }

  zeros(shape: readonly number[]): Matrix {
    return this.floats(shape, new Float32Array(shape.reduce((product, size) => product * size, 1)));
  }

  numbers({ data }: Matrix): Float32Array {
    return Float32Array.from(data);
  }

  free(): void {}

  close(): void {}

  run(_owner: object, _name: string, given: Groups<Matrix>, compute: Computation): Groups<Matrix> {
    return compute(operations, given);
  }

  multiply(a: Matrix, b: Matrix): Matrix {
    return on.multiply(a, b);
  }

  sum(values: readonly Matrix[]): Matrix {
    return values.reduce((sum, value) => on.add(sum, value));
  }

  sumOfRows(rows: Matrix): Matrix {
    return on.sumOfRows(rows);
  }

  rows(of: Matrix, from: number, count: number): Matrix {
    return matrix(count, of.columns, (row, column) => at(of, from + row, column));
  }

  joinRows(parts: readonly Matrix[]): Matrix {
    return on.joinRows(parts);
  }

  gather(table: Matrix, places: Int32Array): Matrix {
    return matrix(places.length, table.columns, (row, column) => at(table, places[row] ?? NaN, column));
  }

  sumByIds(rows: Matrix, ids: Int32Array, count: number): Matrix {
    const sums = matrix(count, rows.columns, () => 0);
    for (const [row, id] of ids.entries())
      for (let column = 0; column < rows.columns; column++)
        (sums.data[id * rows.columns + column] as number) += at(rows, row, column);
    return sums;
  }
}
