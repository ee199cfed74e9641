import * as tf from '@tensorflow/tfjs';
import { type Computation, type Groups, mapGroups } from '../../graph/Groups.js';
import { tfjsOperations } from '../../graph/run/tfjs.js';
import type { Engine } from './Engine.js';

/** Plain tfjs, which every backend has; values are tensors that no `tf.tidy` frees. */
export class TfjsEngine implements Engine<tf.Tensor> {
  readonly #owned = new Set<tf.Tensor>();

  valueOf(tensor: tf.Tensor): tf.Tensor {
    return tensor;
  }

  tensor<Tensor extends tf.Tensor>(value: tf.Tensor, shape: readonly number[]): Tensor {
    const tensor = tf.tidy(() => tf.reshape(value, [...shape]));
    this.free(value);
    return tensor as Tensor;
  }

  floats(shape: readonly number[], values: Float32Array): tf.Tensor {
    return this.#own(() => tf.tensor(values, [...shape]));
  }

  zeros(shape: readonly number[]): tf.Tensor {
    return this.#own(() => tf.zeros([...shape]));
  }

  numbers(value: tf.Tensor): Float32Array {
    return value.dataSync() as Float32Array;
  }

  free(...values: readonly tf.Tensor[]): void {
    for (const value of values) if (this.#owned.delete(value)) value.dispose();
  }

  close(): void {
    this.free(...this.#owned);
  }

  run<Given extends string, Gives extends string>(
    _owner: object,
    _name: string,
    given: Groups<tf.Tensor, Given>,
    compute: Computation<Given, Gives>,
  ): Groups<tf.Tensor, Gives> {
    const taken = new Set(Object.values<readonly tf.Tensor[]>(given).flat());
    let results = {} as Groups<tf.Tensor, Gives>;
    tf.tidy(() => {
      // Each result is the caller's: none is an input, and none comes twice.
      const made = mapGroups(compute(tfjsOperations, given), (value) => {
        const own = taken.has(value) ? tf.clone(value) : value;
        taken.add(own);
        return own;
      });
      // Not before all are made: when one fails, none is left.
      results = mapGroups(made, (value) => tf.keep(value));
    });
    for (const values of Object.values<readonly tf.Tensor[]>(results))
      for (const value of values) this.#owned.add(value);
    return results;
  }

  multiply(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return this.#own(() => tf.mul(a, b));
  }

  sum(values: readonly tf.Tensor[]): tf.Tensor {
    return this.#own(() => tf.addN([...values]));
  }

  sumOfRows(rows: tf.Tensor): tf.Tensor {
    return this.#own(() => tf.sum(rows, 0));
  }

  rows(matrix: tf.Tensor, from: number, count: number): tf.Tensor {
    return this.#own(() => tf.slice(matrix, [from, 0], [count, matrix.shape[1] ?? 0]));
  }

  joinRows(parts: readonly tf.Tensor[]): tf.Tensor {
    return this.#own(() => tf.concat([...parts], 0));
  }

  gather(table: tf.Tensor, places: Int32Array): tf.Tensor {
    return this.#own(() => tf.gather(table, tf.tensor1d(places, 'int32')));
  }

  sumByIds(rows: tf.Tensor, ids: Int32Array, count: number): tf.Tensor {
    // With a scatter, for wasm lacks what tfjs would take.
    const columns = rows.shape[1] ?? 0;
    return this.#own(() => tf.scatterND(tf.tensor2d(ids, [ids.length, 1], 'int32'), rows, [count, columns]));
  }

  #own(make: () => tf.Tensor): tf.Tensor {
    const made = tf.tidy(() => tf.keep(make()));
    this.#owned.add(made);
    return made;
  }
}
