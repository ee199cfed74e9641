import type { Tensor, Variable } from '@tensorflow/tfjs';
import { mapValues, type Named } from '../model/mapValues.js';
import type { StoredTensor } from '../model/safetensors.js';
import { tf } from '../tf.js';

/**
 * An exponential mean of weights beside them: a ← decay·a + (1 − decay)·w after each update, from zeros; what it gives is a / (1 − decayᵗ)
 * after t updates, a mean of what the weights were (the averaging at the end of section 7.2 of Kingma and Ba, “Adam”, 2015; averages of
 * weights go back to Polyak and Juditsky 1992).
 */
export class WeightAverage {
  readonly #weights: Named<Variable>;
  readonly #decay: number;
  readonly #sums: Named<Variable>;
  /** The weights themselves, while the model has their mean. */
  #own: Named<Tensor> | undefined;

  /** It goes on from sums that `numbers` gave. */
  constructor(weights: Named<Variable>, decay: number, from?: Named<StoredTensor>) {
    this.#weights = weights;
    this.#decay = decay;
    this.#sums = mapValues(weights, ({ shape }, name) =>
      tf.tidy(() => tf.variable(from?.[name] ? tf.tensor(from[name].values, shape) : tf.zeros(shape), false)),
    );
  }

  /** The weights themselves, whether the model has them or their mean. */
  get weights(): Named<Tensor> {
    return this.#own ?? this.#weights;
  }

  /** The sums, whose names and shapes are those of the weights. */
  get sums(): Named<Tensor> {
    return this.#sums;
  }

  /** Takes the weights as they are after an update. */
  add(): void {
    for (const [name, sum] of Object.entries(this.#sums))
      tf.tidy(() => {
        const weight = this.#weights[name] as Variable;
        sum.assign(tf.add(sum, tf.mul(tf.sub(weight, sum), 1 - this.#decay)));
      });
  }

  /** Gives the model the mean after so many updates, one at least, until `hide()`. */
  show(updates: number): void {
    if (this.#own) return;
    const share = 1 - this.#decay ** updates;
    this.#own = mapValues(this.#weights, (weight) => tf.tidy(() => tf.keep(tf.clone(weight))));
    for (const [name, weight] of Object.entries(this.#weights))
      tf.tidy(() => weight.assign(tf.div(this.#sums[name] as Variable, share)));
  }

  /** Gives the model its weights back. */
  hide(): void {
    if (!this.#own) return;
    for (const [name, own] of Object.entries(this.#own)) this.#weights[name]?.assign(own);
    this.#forgetOwn();
  }

  /** Frees what it holds; the model keeps what it has. */
  dispose(): void {
    this.#forgetOwn();
    tf.dispose(this.#sums as Record<string, Variable>);
  }

  #forgetOwn(): void {
    if (this.#own) tf.dispose(this.#own as Record<string, Tensor>);
    this.#own = undefined;
  }
}
