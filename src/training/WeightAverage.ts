import type { Tensor, Variable } from '@tensorflow/tfjs';
import { mapValues, type Named } from '../model/mapValues.js';
import type { StoredTensor } from '../model/safetensors.js';
import { tf } from '../tf.js';

/** So many times as many updates have been made as the mean of a young training reaches back. */
const REACH = 8;

/**
 * A mean of weights beside them: a ← d·a + (1 − d)·w after each update, where d at update t is the decay, or where that is less (t − 1)/(t + 8): a
 * training that has just begun forgets where it came from (the polynomial decay, η = 8, of Shamir and Zhang, “Stochastic gradient descent for
 * non-smooth optimization”, 2013; averages of weights go back to Polyak and Juditsky 1992).
 */
export class WeightAverage {
  readonly #weights: Named<Variable>;
  readonly #decay: number;
  readonly #means: Named<Variable>;
  /** The weights themselves, while the model has their mean. */
  #own: Named<Tensor> | undefined;

  #updates: number;

  /** After so many updates, it goes on from the means that there were. */
  constructor(weights: Named<Variable>, decay: number, updates = 0, from?: Named<StoredTensor>) {
    this.#weights = weights;
    this.#decay = decay;
    this.#updates = updates;
    this.#means = mapValues(weights, ({ shape }, name) =>
      tf.tidy(() => tf.variable(from?.[name] ? tf.tensor(from[name].values, shape) : tf.zeros(shape), false)),
    );
  }

  /** The weights themselves, whether the model has them or their mean. */
  get weights(): Named<Tensor> {
    return this.#own ?? this.#weights;
  }

  /** The means, whose names and shapes are those of the weights. */
  get means(): Named<Tensor> {
    return this.#means;
  }

  /** Takes the weights as they are after an update. */
  add(): void {
    this.#updates++;
    const kept = Math.min(this.#decay, (this.#updates - 1) / (this.#updates + REACH));
    for (const [name, mean] of Object.entries(this.#means))
      tf.tidy(() => {
        const weight = this.#weights[name] as Variable;
        mean.assign(tf.add(mean, tf.mul(tf.sub(weight, mean), 1 - kept)));
      });
  }

  /** Gives the model the mean, where there was an update, until `hide()`. */
  show(): void {
    if (this.#own || this.#updates === 0) return;
    this.#own = mapValues(this.#weights, (weight) => tf.tidy(() => tf.keep(tf.clone(weight))));
    for (const [name, weight] of Object.entries(this.#weights))
      tf.tidy(() => weight.assign(tf.clone(this.#means[name] as Variable)));
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
    tf.dispose(this.#means as Record<string, Variable>);
  }

  #forgetOwn(): void {
    if (this.#own) tf.dispose(this.#own as Record<string, Tensor>);
    this.#own = undefined;
  }
}
