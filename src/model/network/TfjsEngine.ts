import type { Tensor } from '@tensorflow/tfjs';
import { type Computation, type Groups, mapGroups } from '../../graph/Groups.js';
import { tfjsOperations } from '../../graph/run/tfjs.js';
import { tf } from '../../tf.js';
import type { Engine } from './Engine.js';

/** Plain tfjs, which every backend has; values are tensors that no `tf.tidy` frees. */
export class TfjsEngine implements Engine<Tensor> {
  readonly #owned = new Set<Tensor>();

  valueOf(tensor: Tensor): Tensor {
    return tensor;
  }

  tensor<Shaped extends Tensor>(value: Tensor, shape: readonly number[]): Shaped {
    const tensor = tf.tidy(() => tf.reshape(value, [...shape]));
    this.free(value);
    return tensor as Shaped;
  }

  floats(shape: readonly number[], values: Float32Array): Tensor {
    return this.#own(() => tf.tensor(values, [...shape]));
  }

  zeros(shape: readonly number[]): Tensor {
    return this.#own(() => tf.zeros([...shape]));
  }

  numbers(value: Tensor): Float32Array {
    return value.dataSync() as Float32Array;
  }

  free(...values: readonly Tensor[]): void {
    for (const value of values) if (this.#owned.delete(value)) value.dispose();
  }

  close(): void {
    this.free(...this.#owned);
  }

  run<Given extends string, Gives extends string>(
    _owner: object,
    _name: string,
    given: Groups<Tensor, Given>,
    compute: Computation<Given, Gives>,
  ): Groups<Tensor, Gives> {
    const taken = new Set(Object.values<readonly Tensor[]>(given).flat());
    let results = {} as Groups<Tensor, Gives>;
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
    for (const values of Object.values<readonly Tensor[]>(results)) for (const value of values) this.#owned.add(value);
    return results;
  }

  multiply(a: Tensor, b: Tensor): Tensor {
    return this.#own(() => tf.mul(a, b));
  }

  sum(values: readonly Tensor[]): Tensor {
    return this.#own(() => tf.addN([...values]));
  }

  sumOfRows(rows: Tensor): Tensor {
    return this.#own(() => tf.sum(rows, 0));
  }

  rows(matrix: Tensor, from: number, count: number): Tensor {
    return this.#own(() => tf.slice(matrix, [from, 0], [count, matrix.shape[1] ?? 0]));
  }

  joinRows(parts: readonly Tensor[]): Tensor {
    return this.#own(() => tf.concat([...parts], 0));
  }

  gather(table: Tensor, places: Int32Array): Tensor {
    return this.#own(() => tf.gather(table, tf.tensor1d(places, 'int32')));
  }

  sumByIds(rows: Tensor, ids: Int32Array, count: number): Tensor {
    // With a scatter, for wasm lacks what tfjs would take.
    const columns = rows.shape[1] ?? 0;
    return this.#own(() => tf.scatterND(tf.tensor2d(ids, [ids.length, 1], 'int32'), rows, [count, columns]));
  }

  #own(make: () => Tensor): Tensor {
    const made = tf.tidy(() => tf.keep(make()));
    this.#owned.add(made);
    return made;
  }
}
