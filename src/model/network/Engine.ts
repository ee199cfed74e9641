import type * as tf from '@tensorflow/tfjs';
import type { Computation, Groups } from '../../graph/Groups.js';

/** What computes a network, with values of a kind of its own. Whoever is given a value frees it; `within` frees what is left. */
export interface Engine<T> {
  /** The value of a tensor, which stays whose it was. */
  valueOf(tensor: tf.Tensor): T;
  /** Hands a value over as a tensor of this shape. */
  tensor<Tensor extends tf.Tensor>(value: T, shape: readonly number[]): Tensor;
  floats(shape: readonly number[], values: Float32Array): T;
  zeros(shape: readonly number[]): T;
  /** The numbers of a value. */
  numbers(value: T): Float32Array;
  free(...values: readonly T[]): void;
  /** Frees all that it made and that was not handed over. */
  close(): void;
  /** Computes; what is derived from `compute` is remembered under its owner and a name of it. The results are the caller's. */
  run<Given extends string, Gives extends string>(
    owner: object,
    name: string,
    given: Groups<T, Given>,
    compute: Computation<Given, Gives>,
  ): Groups<T, Gives>;
  multiply(a: T, b: T): T;
  /** The sum of values of one shape. */
  sum(values: readonly T[]): T;
  sumOfRows(rows: T): T;
  /** `count` rows of a matrix from row `from` on. */
  rows(matrix: T, from: number, count: number): T;
  joinRows(parts: readonly T[]): T;
  /** The rows of a table at these places. */
  gather(table: T, places: Int32Array): T;
  /** Sums of rows by their ids, `[count × columns]`. */
  sumByIds(rows: T, ids: Int32Array, count: number): T;
}
