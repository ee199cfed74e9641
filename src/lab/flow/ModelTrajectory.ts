import type { GradSaveFunc, Scalar, Tensor, Tensor1D, Tensor2D, TensorContainer } from '@tensorflow/tfjs';
import { Evaluation } from '../../graph/Evaluation.js';
import type { Expression } from '../../graph/Expression.js';
import { tfjsOperations } from '../../graph/run/tfjs.js';
import type { TracedCell } from '../../graph/TracedCell.js';
import { checkBatch } from '../../model/checkBatch.js';
import type { LanguageModel } from '../../model/LanguageModel.js';
import { mapValues, type Named } from '../../model/mapValues.js';
import type { Network } from '../../model/network/Network.js';
import { networkOf, tensorOf } from '../../model/weights.js';
import type { Batch } from '../../pipeline/Batch.js';
import { tf } from '../../tf.js';
import type { Trajectory } from './Trajectory.js';

/**
 * The states of a model over a batch, without dropout: those of all layers side by side, the lowest layer first. Parts
 * are named as the cell names them (the output, where it is no part of the state, as `outputs`), in a model of several layers behind the layer: `layers.1.hidden`.
 *
 * The weights are those at the time of its making, also when training goes on. It holds tensors until `dispose()`.
 */
export class ModelTrajectory implements Trajectory {
  readonly parts: readonly string[];
  readonly widths: readonly number[];
  readonly size: number;
  readonly states: Tensor2D;
  readonly #weights: Named<Tensor>;
  readonly #network: Omit<Network, 'dropout'>;
  readonly #batch: Batch;

  /** @throws {InvalidArgumentError} when the batch is not one for this model. */
  constructor(model: LanguageModel, batch: Batch) {
    checkBatch(batch, model.tokenizer.vocabularySize);
    this.#batch = batch;
    this.size = batch.size;
    const cells = networkOf(model.cell, model.config, model.weights).layers.map(({ plan }) => plan.cell);
    const parts = cells.map(watchedOf);
    this.parts = parts.flatMap((own, layer) =>
      own.map(([part]) => (parts.length === 1 ? part : `layers.${layer}.${part}`)),
    );
    this.widths = parts.flatMap((own) => own.map(([, { width }]) => width));
    const { states, weights } = tf.tidy(() => ({
      states: sideBySide(
        model.gates(batch).flatMap((gates, layer) => (parts[layer] ?? []).map(([part]) => tensorOf(gates, part))),
      ),
      // Copies of references, not of numbers.
      weights: mapValues(model.weights, (weight): Tensor => tf.clone(weight)),
    }));
    this.states = states;
    this.#weights = weights;
    this.#network = networkOf(model.cell, model.config, weights);
  }

  /** The recurrent weights of each layer, the lowest first: this object's, until `dispose()`. */
  get recurrentWeights(): Tensor2D[] {
    return this.#network.layers.map(({ weights }) => tensorOf(weights, 'recurrentWeights'));
  }

  next(time: number, sequences: Int32Array, previous: Tensor2D): Tensor2D {
    const before = this.#partsOf(previous);
    const on = { ...tfjsOperations, product: productWithConstant() };
    let input: Tensor = tf.gather(this.#network.embedding, this.#ids(time - 1, sequences));
    const after = this.#network.layers.flatMap(({ plan: { cell }, weights }) => {
      const values = new Evaluation<Tensor>(on, [
        [cell.input, input],
        ...Object.entries(cell.weights).map(([name, of]) => [of, tensorOf<Tensor>(weights, name)] as const),
        ...Object.values(cell.state).map((of) => [of, before.shift() as Tensor] as const),
      ]);
      input = values.of(cell.output);
      const watched = watchedOf(cell);
      // What the output was before counts for nothing.
      before.splice(0, watched.length - Object.keys(cell.state).length);
      return watched.map(([, of]) => values.of(of) as Tensor2D);
    });
    return sideBySide(after);
  }

  loss(time: number, sequences: Int32Array, state: Tensor2D): Scalar {
    const { projection, projectionBias, embedding, layers } = this.#network;
    const top = watchedOf((layers.at(-1) as Network['layers'][number]).plan.cell);
    const place = top.findIndex(([, of]) => of === layers.at(-1)?.plan.cell.output);
    const output = this.#partsOf(state).at(place - top.length) as Tensor2D;
    const product = tf.matMul(output, projection ?? embedding, false, projection === undefined);
    const logProbabilities = tf.logSoftmax(tf.add<Tensor2D>(product, projectionBias));
    const targets = tf.oneHot(this.#ids(time, sequences), logProbabilities.shape[1]);
    return tf.neg(tf.sum(tf.mul(logProbabilities, targets)));
  }

  /** Frees the tensors. */
  dispose(): void {
    tf.dispose([this.states, this.#weights] as TensorContainer);
  }

  /** The tokens of sequences at a time step. */
  #ids(time: number, sequences: Int32Array): Tensor1D {
    const { ids, size } = this.#batch;
    return tf.tensor1d(
      sequences.map((sequence) => ids[time * size + sequence] ?? 0),
      'int32',
    );
  }

  #partsOf(state: Tensor2D): Tensor2D[] {
    // tfjs cannot differentiate a split into one. A copy, for the tape needs the array that it gave.
    return this.widths.length === 1 ? [state] : [...tf.split<Tensor2D>(state, [...this.widths], 1)];
  }
}

/** The parts of a cell's state, and its output where it is none of them, by the names of its gates. */
function watchedOf({ next, output, gates }: TracedCell): [string, Expression][] {
  const isOutside = !Object.values(next).includes(output);
  return [
    ...Object.entries(next),
    ...Object.entries(gates)
      .filter(([, of]) => isOutside && of === output)
      .slice(-1),
  ];
}

function sideBySide(parts: Tensor2D[]): Tensor2D {
  return tf.concat(parts, 1);
}

/** (h, W) ↦ h·W, differentiable by h alone, with each W transposed once: wasm's products with a transposed operand are slow. */
function productWithConstant(): (a: Tensor, b: Tensor) => Tensor {
  const transposed = new Map<Tensor, Tensor>();
  return (a, weights) => {
    const matrix = transposed.get(weights) ?? tf.transpose(weights);
    transposed.set(weights, matrix);
    const product = tf.customGrad((...args) => {
      const [rows, save] = args as unknown as [Tensor2D, GradSaveFunc];
      save([matrix]);
      return {
        value: tf.matMul(rows, weights as Tensor2D),
        gradFunc: (dy, saved) => tf.matMul(dy as Tensor2D, saved[0] as Tensor2D),
      };
    });
    return product(a);
  };
}
