import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { tf } from '../../tf.js';
import type { Operations } from '../Interpreter.js';

type Matrix = Tensor2D;

/** The operations in plain tfjs, which every backend has. */
export const tfjsOperations: Operations<Tensor> = {
  constant: (value) => tf.scalar(value),
  add: (a, b) => tf.add(a, b),
  subtract: (a, b) => tf.sub(a, b),
  multiply: (a, b) => tf.mul(a, b),
  divide: (a, b) => tf.div(a, b),
  minimum: (a, b) => tf.minimum(a, b),
  maximum: (a, b) => tf.maximum(a, b),
  atLeast: (a, b) => tf.cast(tf.greaterEqual(a, b), 'float32'),
  negate: (a) => tf.neg(a),
  oneMinus: (a) => tf.sub(1, a),
  sigmoid: (a) => tf.sigmoid(a),
  // Not tf.logSigmoid and tf.softplus, which wasm lacks.
  logSigmoid: (a) => tf.sub(tf.minimum(a, 0), tf.log(tf.add(tf.exp(tf.neg(tf.abs(a))), 1))),
  tanh: (a) => tf.tanh(a),
  relu: (a) => tf.relu(a),
  exp: (a) => tf.exp(a),
  softplus: (a) => tf.add(tf.maximum(a, 0), tf.log(tf.add(tf.exp(tf.neg(tf.abs(a))), 1))),
  squareRoot: (a) => tf.sqrt(a),
  sigmoidGradient: (sigmoid, gradient) => tf.mul(gradient, tf.mul(sigmoid, tf.sub(1, sigmoid))),
  tanhGradient: (tanh, gradient) => tf.mul(gradient, tf.sub(1, tf.mul(tanh, tanh))),
  product: (a, b) => tf.matMul(a as Matrix, b as Matrix),
  // wasm multiplies by a transposed operand far more slowly than it transposes.
  productOfTransposed: (a, b) => tf.matMul(tf.transpose(a as Matrix), b as Matrix),
  productWithTransposed: (a, b) => tf.matMul(a as Matrix, tf.transpose(b as Matrix)),
  transpose: (matrix) => tf.transpose(matrix as Matrix),
  rowSum: (rows) => tf.sum(rows, 1, true),
  spread: (column, like) => tf.mul(tf.onesLike(like), column),
  zerosLike: (like) => tf.zerosLike(like),
  sumOfRows: (rows) => tf.sum(rows, 0),
  splitColumns(columns, sizes) {
    let from = 0;
    return sizes.map((size) => {
      from += size;
      // wasm's split is slow.
      const begin = columns.shape.map((_, axis) => (axis === columns.rank - 1 ? from - size : 0));
      return tf.slice(columns, begin, [...columns.shape.slice(0, -1), size]);
    });
  },
  joinColumns: (parts) => (parts.length === 1 ? (parts[0] as Tensor) : tf.concat(parts as Tensor[], -1)),
  splitRows(rows, count) {
    const [all = 0, columns = 0] = rows.shape;
    const size = all / count;
    return Array.from({ length: count }, (_, at) => tf.slice(rows as Matrix, [at * size, 0], [size, columns]));
  },
  joinRows: (parts) => (parts.length === 1 ? (parts[0] as Tensor) : tf.concat(parts as Tensor[], 0)),
  logSoftmax: (rows) => tf.logSoftmax(rows),
  pick: (values, places) => tf.gatherND(values, tf.cast(places, 'int32')),
  roughProductOfTransposed: (a, b) => rough(tf.matMul(tf.transpose(rough(a) as Matrix), rough(b) as Matrix)),
  subtractAt: (values, places, subtrahends) =>
    tf.sub(values, tf.scatterND(tf.cast(places, 'int32'), subtrahends, values.shape)),
};

/**
 * Numbers rounded to bfloat16, by float32's own rounding (Veltkamp's split: Dekker, “A floating-point technique for extending the available
 * precision”, 1971); infinite above 5e33.
 */
function rough(values: Tensor): Tensor {
  const far = tf.mul(values, 2 ** 16 + 1);
  return tf.sub(far, tf.sub(far, values));
}
