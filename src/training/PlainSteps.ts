import type { Tensor, Variable } from '@tensorflow/tfjs';
import { invalid } from '../errors.js';
import { mapValues, type Named } from '../model/mapValues.js';
import { tf } from '../tf.js';
import type { Optimizer } from './Optimizer.js';
import { slot } from './slot.js';
import type { WeightSteps } from './WeightSteps.js';

/** Steps of any optimizer. */
export class PlainSteps implements WeightSteps {
  readonly #optimizer: Optimizer;
  readonly #slots: Named<Variable>;

  /** Begins with these slots, which stay the caller's. */
  constructor(optimizer: Optimizer, slots: Named<Tensor>) {
    this.#optimizer = optimizer;
    this.#slots = mapValues(slots, (tensor) => tf.variable(tensor, false));
  }

  update(weight: Variable, gradient: Tensor, learningRate: number, step: number): void {
    const updated = this.#optimizer.update(gradient, this.#slots, learningRate, step, weight);
    if (!(updated?.change instanceof tf.Tensor))
      throw invalid('what optimizer.update gives', 'a change and slots', updated);
    const { change, slots } = updated;
    weight.assign(tf.add(weight, change));
    for (const [name, variable] of Object.entries(this.#slots)) {
      const value = slot(slots, name);
      // A variable that is assigned to itself loses its memory.
      if (value !== variable) variable.assign(value);
    }
  }

  slots(): Named<Tensor> {
    return mapValues(this.#slots, (variable) => tf.clone(variable));
  }

  dispose(): void {
    tf.dispose(this.#slots as Record<string, Variable>);
  }
}
