import * as tf from '@tensorflow/tfjs';
import { checkNumber } from '../errors.js';
import type { Batch } from '../pipeline/Batch.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import './backend.js';
import type { Cell, CellState, CellWeights, Gates, GateWatcher } from './cells/Cell.js';
import { cellOf } from './cells/cells.js';
import { checkBatch } from './checkBatch.js';
import { checkHypotheses } from './checkHypotheses.js';
import { type DropoutPlace, dropout } from './dropout.js';
import { embeddingLookup } from './kernels/embeddingLookup.js';
import { maskedCrossEntropy } from './kernels/maskedCrossEntropy.js';
import { type LstmModelWeights, NativeLstmStep } from './kernels/NativeLstmStep.js';
import { projectInputs, recurrence } from './kernels/recurrence.js';
import { initialWeightName, type ModelConfig, type ModelOptions, modelConfig, weightShapes } from './ModelConfig.js';
import { loadModelFile, saveModelFile } from './modelFile.js';
import type { StoredTensor } from './safetensors.js';
import { initialValues, tensorOf } from './weights.js';

/** Options of `LanguageModel`: the tokenizer, the cell, and what should differ from the defaults of `ModelConfig`. */
export type LanguageModelOptions = ModelOptions & { readonly tokenizer: Tokenizer };

/** The states of all layers for a set of hypotheses; owned by whoever asked for it, until `free`. */
export interface RecurrentState {
  readonly layers: readonly CellState[];
}

/**
 * A recurrent language model: embedding → recurrent layers → projection to logits.
 *
 *     const model = new LanguageModel({ cell: 'lstm', tokenizer, embeddingSize: 64, hiddenSize: 256 });
 *
 * It is a `TokenPredictor`, so every decoder takes it. It holds tensors until `dispose()`.
 */
export class LanguageModel {
  readonly tokenizer: Tokenizer;
  readonly config: ModelConfig;
  /** Every trainable weight by name, such as `embedding` or `layers.0.recurrentWeights`; shapes: `weightShapes`. */
  readonly weights: Readonly<Record<string, tf.Variable>>;
  readonly #cell: Cell;
  readonly #layerWeights: readonly CellWeights[];
  #nativeStep: NativeLstmStep | undefined;

  /**
   * A model with initial weights: the same options, the same bits.
   * @throws {InvalidArgumentError} on an option that cannot be used.
   */
  constructor({ tokenizer, ...options }: LanguageModelOptions) {
    const vocabularySize = checkNumber('tokenizer.vocabularySize', tokenizer?.vocabularySize, {
      integer: true,
      min: 1,
    });
    checkNumber('tokenizer.eosId', tokenizer.eosId, { integer: true, min: 0, below: vocabularySize });
    this.tokenizer = tokenizer;
    this.config = modelConfig(options);
    this.#cell = cellOf(this.config.cell, this.config.resetAfter);
    const { seed, tieWeights, hiddenSize } = this.config;
    const scale = 1 / Math.sqrt(hiddenSize);
    this.weights = Object.fromEntries(
      [...weightShapes(this.config, vocabularySize)].map(([name, shape]) => {
        const values = initialValues(name, shape, name === 'embedding' && !tieWeights ? 1 : scale, seed);
        return [name, tf.tidy(() => tf.variable(tf.tensor(values, shape)))];
      }),
    );
    this.#layerWeights = Array.from({ length: this.config.layers }, (_, layer) => ofLayer(this.weights, layer));
  }

  /**
   * Reads a model that `save` wrote.
   * @throws {FileFormatError} when the file is missing, damaged, or no model.
   */
  static async load(path: string): Promise<LanguageModel> {
    const { config, tokenizer, weights } = await loadModelFile(path);
    const model = new LanguageModel({ ...config, tokenizer });
    for (const [name, variable] of Object.entries(model.weights))
      tf.tidy(() => variable.assign(tf.tensor(weights.get(name)?.values ?? [], variable.shape)));
    return model;
  }

  /**
   * Writes configuration, tokenizer and weights to one file (safetensors), whole or not at all. The weights are those
   * at the call, also when training goes on meanwhile.
   * @throws {NonFiniteError} when a weight is not finite.
   */
  async save(path: string): Promise<void> {
    const weights = new Map<string, StoredTensor>();
    for (const [name, variable] of Object.entries(this.weights))
      weights.set(name, { shape: variable.shape, values: variable.dataSync() as Float32Array });
    await saveModelFile(path, { config: this.config, tokenizer: this.tokenizer, weights });
  }

  /**
   * Σ mask·(−log p) over a batch, in nats, as a differentiable scalar that the caller disposes of. Dropout applies only
   * where a place for its masks is given.
   * @throws {InvalidArgumentError} when the batch is not one for this model.
   */
  totalLoss(batch: Batch, dropoutPlace?: DropoutPlace): tf.Scalar {
    checkBatch(batch, this.tokenizer.vocabularySize);
    return tf.tidy(() =>
      maskedCrossEntropy(
        this.#project(this.#hiddenStates(this.weights, batch, dropoutPlace)),
        tf.tensor1d(batch.ids, 'int32'),
        tf.tensor1d(batch.mask),
      ),
    );
  }

  /**
   * The gates of every layer over a batch, each `[length·size × hidden]`, time-major, padding included, which the caller
   * disposes of. With other `weights` (of the same names), those of a model that had these.
   * @throws {InvalidArgumentError} when the batch is not one for this model.
   */
  gates(
    batch: Batch,
    { weights = this.weights, dropoutPlace }: { weights?: CellWeights; dropoutPlace?: DropoutPlace } = {},
  ): Gates[] {
    checkBatch(batch, this.tokenizer.vocabularySize);
    return tf.tidy(() => {
      const layers: Gates[] = [];
      this.#hiddenStates(weights, batch, dropoutPlace, (gates) => layers.push(gates));
      return layers;
    });
  }

  /**
   * One time step for a set of hypotheses: hypothesis k goes on from row `rows[k]` of `state` and reads `ids[k]`; row −1
   * is the state before any token. Resolves to log-probabilities in nats, `[ids.length × vocabularySize]`, row-major, and
   * the new state. Never frees `state`.
   * @throws {InvalidArgumentError} when a row or an id is out of range, or `state` was freed or is another model's.
   */
  async next(
    state: RecurrentState | undefined,
    rows: Int32Array,
    ids: Int32Array,
  ): Promise<{ logProbabilities: Float32Array; state: RecurrentState }> {
    const { vocabularySize } = this.tokenizer;
    checkHypotheses(state?.layers, rows, ids, { ...this.config, vocabularySize, parts: this.#cell.state });
    const native = this.#usableNativeStep();
    if (native) {
      const from = this.#withInitialRows(state, rows);
      try {
        const { logProbabilities, layers } = native.next(this.#lstmWeights(), from.layers, from.rows, ids);
        return { logProbabilities, state: { layers } };
      } finally {
        if (from.layers !== state?.layers) tf.dispose(from.layers as CellState[]);
      }
    }
    const result = tf.tidy(() => {
      const from = this.#withInitialRows(state, rows);
      let input = embeddingLookup(tensorOf(this.weights, 'embedding'), tf.tensor1d(ids, 'int32'));
      const layers = this.#layerWeights.map((weights, layer) => {
        const previous = pickRows(from.layers[layer] as CellState, from.rows);
        const step = this.#cell.prepare(weights, (matrix) => (hidden) => tf.matMul(hidden, matrix));
        const next = step(projectInputs(weights, input), previous);
        input = next.hidden;
        return next;
      });
      return { logProbabilities: tf.logSoftmax(this.#project(input)), layers };
    });
    const logProbabilities = (await result.logProbabilities.data()) as Float32Array;
    result.logProbabilities.dispose();
    return { logProbabilities, state: { layers: result.layers } };
  }

  /** Frees a state that `next` gave. */
  free({ layers }: RecurrentState): void {
    for (const layer of layers) for (const part of Object.values(layer)) part.dispose();
  }

  /** Frees the weights. */
  dispose(): void {
    this.#nativeStep?.dispose();
    this.#nativeStep = undefined;
    tf.dispose(this.weights as Record<string, tf.Variable>);
  }

  /** What the last layer gives for a batch, `[length·size × hidden]`. Who watches is shown the gates, layer by layer. */
  #hiddenStates(
    weights: CellWeights,
    batch: Batch,
    dropoutPlace: DropoutPlace | undefined,
    watch?: GateWatcher,
  ): tf.Tensor2D {
    const { dropout: rate, seed, layers } = this.config;
    const inputs = tf.tensor1d(shiftBehindEos(batch, this.tokenizer.eosId), 'int32');
    let values = embeddingLookup(tensorOf(weights, 'embedding'), inputs);
    for (let layer = 0; layer < layers; layer++) {
      const own = ofLayer(weights, layer);
      values = recurrence(this.#cell, own, values, this.#initialState(own, batch.size), watch);
      if (dropoutPlace) values = dropout(values, rate, seed, dropoutPlace, layer);
    }
    return values;
  }

  #project(hidden: tf.Tensor2D): tf.Tensor2D {
    const { tieWeights } = this.config;
    const matrix = tensorOf(this.weights, tieWeights ? 'embedding' : 'projection');
    return tf.add(tf.matMul(hidden, matrix, false, tieWeights), tensorOf(this.weights, 'projectionBias'));
  }

  #usableNativeStep(): NativeLstmStep | undefined {
    if (this.config.cell !== 'lstm') return undefined;
    this.#nativeStep ??= NativeLstmStep.create();
    return this.#nativeStep?.isUsable ? this.#nativeStep : undefined;
  }

  #lstmWeights(): LstmModelWeights {
    const tied = this.config.tieWeights;
    return {
      embedding: tensorOf(this.weights, 'embedding'),
      layers: this.#layerWeights,
      projection: tensorOf(this.weights, tied ? 'embedding' : 'projection'),
      projectionBias: tensorOf<tf.Tensor1D>(this.weights, 'projectionBias'),
      tied,
    };
  }

  /** A state in which every row exists: where rows are −1, with the initial state as one more row. */
  #withInitialRows(
    state: RecurrentState | undefined,
    rows: Int32Array,
  ): { layers: readonly CellState[]; rows: Int32Array } {
    if (state && !rows.includes(-1)) return { layers: state.layers, rows };
    const initialRow = state?.layers[0]?.hidden.shape[0] ?? 0;
    const layers = tf.tidy(() =>
      this.#layerWeights.map((weights, layer) => {
        const initial = this.#initialState(weights, 1);
        const before = state?.layers[layer];
        if (!before) return initial;
        const parts = Object.entries(initial).map(([part, row]) => [
          part,
          tf.concat([tensorOf<tf.Tensor2D>(before, part), row]),
        ]);
        return Object.fromEntries(parts) as CellState;
      }),
    );
    return { layers, rows: rows.map((row) => (row === -1 ? initialRow : row)) };
  }

  #initialState(weights: CellWeights, size: number): CellState {
    const shape: [number, number] = [size, this.config.hiddenSize];
    const parts = this.#cell.state.map((part) => {
      const learned = weights[initialWeightName(part)];
      return [part, learned ? tf.broadcastTo(learned, shape) : tf.zeros(shape)];
    });
    return Object.fromEntries(parts) as CellState;
  }
}

/** The model's inputs: the targets one time step later, behind EOS. */
function shiftBehindEos({ ids, size, length }: Batch, eosId: number): Int32Array {
  const inputs = new Int32Array(length * size).fill(eosId, 0, size);
  inputs.set(ids.subarray(0, (length - 1) * size), size);
  return inputs;
}

/** One layer's weights by their names in the cell. */
function ofLayer(weights: CellWeights, layer: number): CellWeights {
  const prefix = `layers.${layer}.`;
  const found = Object.entries(weights).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(found.map(([name, weight]) => [name.slice(prefix.length), weight]));
}

/** Row k of the result is row `rows[k]` of the state. */
function pickRows(state: CellState, rows: Int32Array): CellState {
  if (rows.length === state.hidden.shape[0] && rows.every((row, place) => row === place)) return state;
  const places = tf.tensor1d(rows, 'int32');
  return Object.fromEntries(Object.entries(state).map(([part, all]) => [part, tf.gather(all, places)])) as CellState;
}
