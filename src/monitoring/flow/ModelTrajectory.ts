import * as tf from '@tensorflow/tfjs';
import type { Cell, CellState, CellWeights } from '../../model/cells/Cell.js';
import { cellOf } from '../../model/cells/cells.js';
import { maskedCrossEntropy } from '../../model/kernels/maskedCrossEntropy.js';
import { projectInputs } from '../../model/kernels/recurrence.js';
import type { LanguageModel } from '../../model/LanguageModel.js';
import { mapValues } from '../../model/mapValues.js';
import { layerWeights, tensorOf } from '../../model/weights.js';
import type { Batch } from '../../pipeline/Batch.js';
import type { Trajectory } from './Trajectory.js';

/**
 * The states of a model over a batch, without dropout: those of all layers side by side, the lowest layer first. Parts
 * are named as the cell names them, in a model of several layers behind the layer: `layers.1.hidden`.
 *
 * The weights are those at the time of its making, also when training goes on. It holds tensors until `dispose()`.
 */
export class ModelTrajectory implements Trajectory {
  readonly parts: readonly string[];
  readonly size: number;
  readonly states: tf.Tensor2D;
  readonly #weights: CellWeights;
  readonly #layers: readonly CellWeights[];
  readonly #cell: Cell;
  readonly #tied: boolean;
  readonly #batch: Batch;

  /** @throws {InvalidArgumentError} when the batch is not one for this model. */
  constructor(model: LanguageModel, batch: Batch) {
    const { cell, resetAfter, layers, tieWeights } = model.config;
    this.#cell = cellOf(cell, resetAfter);
    this.#tied = tieWeights;
    this.#batch = batch;
    this.size = batch.size;
    const layerNumbers = Array.from({ length: layers }, (_, layer) => layer);
    this.parts = layerNumbers.flatMap((layer) =>
      this.#cell.state.map((part) => (layers === 1 ? part : `layers.${layer}.${part}`)),
    );
    const { states, weights } = tf.tidy(() => ({
      states: sideBySide(
        model.gates(batch).flatMap((gates) => this.#cell.state.map((part) => tensorOf<tf.Tensor2D>(gates, part))),
      ),
      // Copies of references, not of numbers.
      weights: mapValues(model.weights, (weight): tf.Tensor => tf.clone(weight)),
    }));
    this.states = states;
    this.#weights = weights;
    this.#layers = layerNumbers.map((layer) => layerWeights(weights, layer));
  }

  /** The recurrent weights of each layer, the lowest first: this object's, until `dispose()`. */
  get recurrentWeights(): tf.Tensor2D[] {
    return this.#layers.map((weights) => tensorOf(weights, 'recurrentWeights'));
  }

  next(time: number, sequences: Int32Array, previous: tf.Tensor2D): tf.Tensor2D {
    const before = this.#partsOf(previous);
    let input: tf.Tensor2D = tf.gather(
      tensorOf<tf.Tensor2D>(this.#weights, 'embedding'),
      this.#ids(time - 1, sequences),
    );
    const after = this.#layers.flatMap((weights, layer) => {
      const names = this.#cell.state;
      const own = names.map((name, place) => [name, before[layer * names.length + place]]);
      const step = this.#cell.prepare(weights, productWithConstant);
      const state = step(projectInputs(weights, input), Object.fromEntries(own) as CellState);
      input = state.hidden;
      return names.map((name) => tensorOf<tf.Tensor2D>(state, name));
    });
    return sideBySide(after);
  }

  loss(time: number, sequences: Int32Array, state: tf.Tensor2D): tf.Scalar {
    const topHidden = this.#partsOf(state).at(-this.#cell.state.length) as tf.Tensor2D;
    const matrix = tensorOf<tf.Tensor2D>(this.#weights, this.#tied ? 'embedding' : 'projection');
    const product = tf.matMul(topHidden, matrix, false, this.#tied);
    const logits: tf.Tensor2D = tf.add(product, tensorOf(this.#weights, 'projectionBias'));
    return maskedCrossEntropy(logits, this.#ids(time, sequences), tf.ones([sequences.length]));
  }

  /** Frees the tensors. */
  dispose(): void {
    tf.dispose([this.states, this.#weights] as tf.TensorContainer);
  }

  /** The tokens of sequences at a time step. */
  #ids(time: number, sequences: Int32Array): tf.Tensor1D {
    const { ids, size } = this.#batch;
    return tf.tensor1d(
      sequences.map((sequence) => ids[time * size + sequence] ?? 0),
      'int32',
    );
  }

  #partsOf(state: tf.Tensor2D): tf.Tensor2D[] {
    const count = this.parts.length;
    // tfjs cannot differentiate a split into one.
    return count === 1 ? [state] : tf.split(state, count, 1);
  }
}

function sideBySide(parts: tf.Tensor2D[]): tf.Tensor2D {
  return tf.concat(parts, 1);
}

/** h ↦ h·W, differentiable by h alone: the gradient of W, which nobody asks for, would cost a product more. */
function productWithConstant(weights: tf.Tensor2D): (hidden: tf.Tensor2D) => tf.Tensor2D {
  const transposed = tf.transpose(weights);
  const product = tf.customGrad((...args) => {
    const [hidden, save] = args as unknown as [tf.Tensor2D, tf.GradSaveFunc];
    save([transposed]);
    return {
      value: tf.matMul(hidden, weights),
      gradFunc: (dy, saved) => tf.matMul(dy as tf.Tensor2D, saved[0] as tf.Tensor2D),
    };
  });
  return (hidden) => product(hidden) as tf.Tensor2D;
}
