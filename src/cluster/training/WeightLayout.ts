import { ClusterError } from '../../errors.js';
import { sha256 } from '../../files/sha256.js';
import type { Named } from '../../model/mapValues.js';
import type { StoredTensor } from '../../model/safetensors.js';

/** Where each weight of a model stands among all its numbers: one behind the other, by name. */
export class WeightLayout {
  /** What tells it from those of other models. */
  readonly sha256: string;
  /** How many numbers there are. */
  readonly size: number;
  readonly #places: readonly { readonly name: string; readonly start: number; readonly end: number }[];

  constructor(weights: Named<StoredTensor>) {
    const names = Object.keys(weights).sort();
    let size = 0;
    this.#places = names.map((name) => {
      const start = size;
      size += weights[name]?.values.length ?? 0;
      return { name, start, end: size };
    });
    this.size = size;
    this.sha256 = sha256(JSON.stringify(names.map((name) => [name, weights[name]?.shape])));
  }

  /** All numbers of the weights. */
  join(weights: Named<StoredTensor>): Float32Array {
    const all = new Float32Array(this.size);
    for (const { name, start } of this.#places) all.set(weights[name]?.values ?? [], start);
    return all;
  }

  /** The weights that the numbers are of. */
  split(all: Float32Array): Named<Float32Array> {
    if (all.length !== this.size) throw new ClusterError(`Expected ${this.size} weights, got ${all.length}`);
    return Object.fromEntries(this.#places.map(({ name, start, end }) => [name, all.subarray(start, end)]));
  }
}
