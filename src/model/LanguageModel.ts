import * as tf from '@tensorflow/tfjs';
import { checkNumber } from '../errors.js';
import type { Batch } from '../pipeline/Batch.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import './backend.js';
import type { Cell, CellWeights, Gates } from './cells/Cell.js';
import { cellOf } from './cells/cells.js';
import { checkBatch } from './checkBatch.js';
import { checkHypotheses } from './checkHypotheses.js';
import { type DropoutPlace, dropoutMask } from './dropout.js';
import { chooseKernel } from './kernels/chooseKernel.js';
import { NativeStep } from './kernels/NativeStep.js';
import { nativeBackend } from './kernels/nativeBinding.js';
import { referenceStep } from './kernels/referenceStep.js';
import type { Network, Sequences } from './kernels/SequenceKernel.js';
import type { StepKernel } from './kernels/StepKernel.js';
import { type ModelConfig, type ModelOptions, modelConfig, weightShapes } from './ModelConfig.js';
import { checkModelSize } from './memory.js';
import type { TrainingFigures } from './modelCard.js';
import { loadModelDirectory, saveModelDirectory } from './modelDirectory.js';
import type { RecurrentState } from './RecurrentState.js';
import type { StoredTensor } from './safetensors.js';
import { stateRows } from './stateRows.js';
import { initialValues, initialWeightName, layerWeights } from './weights.js';

/** Options of `LanguageModel`: the tokenizer, the cell, and what should differ from the defaults of `ModelConfig`. */
export type LanguageModelOptions = ModelOptions & { readonly tokenizer: Tokenizer };

/** Options of `LanguageModel.load`. */
export interface LoadOptions {
  /** The tokenizer that the model was saved with; checked against what was saved of it. Default: made of that. */
  readonly tokenizer?: Tokenizer;
}

/** Options of `LanguageModel.save`. */
export interface SaveOptions {
  /** What is known of the training, by name. Default: nothing, and the README says so. */
  readonly figures?: TrainingFigures;
}

/**
 * A recurrent language model: embedding → recurrent layers → projection to logits.
 *
 *     const model = new LanguageModel({ cell: 'lstm', tokenizer, embeddingSize: 64, hiddenSize: 256 });
 *
 * It is a `TokenPredictor`, so every decoder takes it. It holds tensors until `dispose()`.
 */
export class LanguageModel {
  /** What its ids stand for. */
  readonly tokenizer: Tokenizer;
  /** What it is made of, defaults filled in. */
  readonly config: ModelConfig;
  /** Every trainable weight by name, such as `embedding` or `layers.0.recurrentWeights`; shapes: `weightShapes`. */
  readonly weights: Readonly<Record<string, tf.Variable>>;
  readonly #cell: Cell;
  readonly #layerWeights: readonly CellWeights[];
  #nativeStep: NativeStep | undefined;

  /**
   * A model with initial weights: the same options, the same bits.
   * @throws {InvalidArgumentError} on an option that cannot be used, or sizes for which there is not enough memory.
   */
  constructor({ tokenizer, ...options }: LanguageModelOptions) {
    const vocabularySize = checkTokenizer(tokenizer);
    this.tokenizer = tokenizer;
    this.config = modelConfig(options);
    checkModelSize(this.config, vocabularySize);
    this.#cell = cellOf(this.config.cell, this.config.resetAfter);
    const { seed, tieWeights, hiddenSize } = this.config;
    const scale = 1 / Math.sqrt(hiddenSize);
    this.weights = Object.fromEntries(
      [...weightShapes(this.config, vocabularySize)].map(([name, shape]) => {
        const values = initialValues(name, shape, name === 'embedding' && !tieWeights ? 1 : scale, seed);
        return [name, tf.tidy(() => tf.variable(tf.tensor(values, shape)))];
      }),
    );
    this.#layerWeights = Array.from({ length: this.config.layers }, (_, layer) => layerWeights(this.weights, layer));
  }

  /**
   * Reads a model that `save` wrote, or another program in the same format (docs/models.md): everything in it is checked. A
   * model whose tokenizer is neither of characters nor SentencePiece's needs the `tokenizer` it was saved with.
   * @throws {FileFormatError} when the directory is missing, or a file in it is damaged or does not fit the others.
   */
  static async load(path: string, { tokenizer: given }: LoadOptions = {}): Promise<LanguageModel> {
    if (given !== undefined) checkTokenizer(given);
    const { config, tokenizer, weights } = await loadModelDirectory(path, given);
    const model = new LanguageModel({ ...config, tokenizer });
    for (const [name, variable] of Object.entries(model.weights))
      tf.tidy(() => variable.assign(tf.tensor(weights.get(name)?.values ?? [], variable.shape)));
    return model;
  }

  /**
   * Writes configuration, weights and tokenizer as a directory, whole or not at all, in place of a model that is there. The
   * weights are those at the call, also when training goes on meanwhile. `figures` go into its README.
   * @throws {InvalidArgumentError} when the path is a directory that holds other files.
   * @throws {NonFiniteError} when a weight is not finite.
   * @throws {FileWriteError} when it cannot be written; the model that was there still is.
   */
  async save(path: string, { figures }: SaveOptions = {}): Promise<void> {
    const weights = new Map<string, StoredTensor>();
    for (const [name, variable] of Object.entries(this.weights))
      weights.set(name, { shape: variable.shape, values: variable.dataSync() as Float32Array });
    await saveModelDirectory(path, { config: this.config, tokenizer: this.tokenizer, weights }, figures);
  }

  /**
   * Σ mask·(−log p) over a batch, in nats, as a differentiable scalar that the caller disposes of. Dropout applies only
   * where a place for its masks is given.
   * @throws {InvalidArgumentError} when the batch is not one for this model.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory or of a place for temporary files.
   */
  totalLoss(batch: Batch, dropoutPlace?: DropoutPlace): tf.Scalar {
    checkBatch(batch, this.tokenizer.vocabularySize);
    return chooseKernel().totalLoss(this.#network(this.weights, batch, dropoutPlace), this.#sequences(batch));
  }

  /**
   * The gates of every layer over a batch, each `[length·size × hidden]`, time-major, padding included, which the caller
   * disposes of. With other `weights` (of the same names), those of a model that had these.
   * @throws {InvalidArgumentError} when the batch is not one for this model.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory or of a place for temporary files.
   */
  gates(
    batch: Batch,
    { weights = this.weights, dropoutPlace }: { weights?: CellWeights; dropoutPlace?: DropoutPlace } = {},
  ): Gates[] {
    checkBatch(batch, this.tokenizer.vocabularySize);
    return chooseKernel().gates(this.#network(weights, batch, dropoutPlace), this.#sequences(batch));
  }

  /** The bytes that a hypothesis takes in a state: float32, for each part of each layer. */
  get stateBytes(): number {
    return 4 * this.config.layers * this.#cell.state.length * this.config.hiddenSize;
  }

  /**
   * One time step for a set of hypotheses: hypothesis k goes on from row `rows[k]` of `state` and reads `ids[k]`; row −1
   * is the state before any token. Resolves to log-probabilities in nats, `[ids.length × vocabularySize]`, row-major, and
   * the new state.
   * @throws {InvalidArgumentError} when a row or an id is out of range, or `state` is another model's.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory or of a place for temporary files.
   */
  async next(
    state: RecurrentState | undefined,
    rows: Int32Array,
    ids: Int32Array,
  ): Promise<{ logProbabilities: Float32Array; state: RecurrentState }> {
    const { vocabularySize } = this.tokenizer;
    checkHypotheses(state, rows, ids, { ...this.config, vocabularySize, parts: this.#cell.state });
    const from = this.#layerWeights.map((weights, layer) =>
      stateRows(state?.layers[layer], rows, this.#cell.state, this.config.hiddenSize, (part) => {
        const learned = weights[initialWeightName(part)];
        return (learned?.dataSync() as Float32Array) ?? new Float32Array(this.config.hiddenSize);
      }),
    );
    const { logProbabilities, layers } = await this.#stepKernel().next(this.#network(this.weights), from, ids);
    return { logProbabilities, state: { rows: ids.length, layers } };
  }

  /** States are plain numbers: there is nothing to free. */
  free(_state: RecurrentState): void {}

  /** Frees the weights. */
  dispose(): void {
    this.#nativeStep?.dispose();
    this.#nativeStep = undefined;
    tf.dispose(this.weights as Record<string, tf.Variable>);
  }

  /** This model as kernels see it; dropout applies to a batch where a place for its masks is given. */
  #network(weights: CellWeights, batch?: Batch, dropoutPlace?: DropoutPlace): Network {
    const { cell, resetAfter, layers, tieWeights, hiddenSize, dropout, seed } = this.config;
    return {
      cell: this.#cell,
      cellKind: resetAfter ? 'gruResetAfter' : cell,
      ...{ layers, weights, tied: tieWeights },
      dropoutMask:
        batch && dropoutPlace && dropout > 0
          ? (layer) => dropoutMask([batch.length * batch.size, hiddenSize], dropout, seed, dropoutPlace, layer)
          : undefined,
    };
  }

  #sequences(batch: Batch): Sequences {
    const { ids: targets, mask, size, length: time } = batch;
    return { inputs: shiftBehindEos(batch, this.tokenizer.eosId), targets, mask, batch: size, time };
  }

  #stepKernel(): StepKernel {
    const backend = nativeBackend();
    if (!backend) return referenceStep;
    if (!this.#nativeStep?.isOf(backend)) {
      this.#nativeStep?.dispose();
      this.#nativeStep = new NativeStep(backend);
    }
    return this.#nativeStep;
  }
}

/** Checks what a model needs to know of a tokenizer, and returns the size of its vocabulary. */
function checkTokenizer(tokenizer: Tokenizer): number {
  const vocabularySize = checkNumber('tokenizer.vocabularySize', tokenizer?.vocabularySize, { integer: true, min: 1 });
  checkNumber('tokenizer.eosId', tokenizer.eosId, { integer: true, min: 0, below: vocabularySize });
  return vocabularySize;
}

/** The model's inputs: the targets one time step later, behind EOS. */
function shiftBehindEos({ ids, size, length }: Batch, eosId: number): Int32Array {
  const inputs = new Int32Array(length * size).fill(eosId, 0, size);
  inputs.set(ids.subarray(0, (length - 1) * size), size);
  return inputs;
}
