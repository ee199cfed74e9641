import * as tf from '@tensorflow/tfjs';
import { mapValues, type Named } from './mapValues.js';
import type { Optimizer } from './Optimizer.js';
import { slot } from './slot.js';

/** Applies an optimizer to a model's weights and holds its slots, until `dispose()`. */
export class WeightUpdater {
  readonly #weights: Named<tf.Variable>;
  readonly #optimizer: Optimizer;
  readonly #slots: Named<Named<tf.Variable>>;
  #steps = 0;

  constructor(weights: Named<tf.Variable>, optimizer: Optimizer) {
    this.#weights = weights;
    this.#optimizer = optimizer;
    this.#slots = mapValues(weights, ({ shape }) =>
      Object.fromEntries(optimizer.slots.map((name) => [name, tf.tidy(() => tf.variable(tf.zeros(shape), false))])),
    );
  }

  /** Updates every weight by its gradient times `scale`. */
  apply(gradients: Named<tf.Tensor>, scale: number, learningRate: number): void {
    this.#steps++;
    for (const [name, weight] of Object.entries(this.#weights))
      tf.tidy(() => {
        const given = gradients[name];
        if (!given) throw new TypeError(`There is no gradient of ${name}`);
        const gradient = scale === 1 ? given : tf.mul(given, scale);
        const held = this.#slots[name] ?? {};
        const { change, slots } = this.#optimizer.update(gradient, held, learningRate, this.#steps);
        weight.assign(tf.add(weight, change));
        for (const [slotName, variable] of Object.entries(held)) {
          const value = slot(slots, slotName);
          // A variable that is assigned to itself loses its memory.
          if (value !== variable) variable.assign(value);
        }
      });
  }

  dispose(): void {
    tf.dispose(this.#slots as Record<string, Record<string, tf.Variable>>);
  }
}
