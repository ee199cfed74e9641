import * as tf from '@tensorflow/tfjs';
import type { Cell } from '../cells/cell.js';
import { cellOf } from '../cells/cells.js';
import { type CellRecord, recordCell } from '../cells/recordCell.js';
import { checkNumber } from '../errors.js';
import type { Batch } from '../pipeline/Batch.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import { needBackend } from './backend.js';
import { checkBatch } from './checkBatch.js';
import { checkHypotheses } from './checkHypotheses.js';
import { type DropoutPlace, dropoutMask } from './dropout.js';
import { layerSizes, type ModelConfig, type ModelOptions, modelConfig } from './ModelConfig.js';
import { mapValues, type Named } from './mapValues.js';
import { checkModelSize } from './memory.js';
import type { TrainingMetrics } from './modelCard.js';
import { loadModelDirectory, naming, saveModelDirectory } from './modelDirectory.js';
import { gatesOf, totalLoss } from './network/computeNetwork.js';
import type { Network, Sequences } from './network/Network.js';
import { StepRun } from './network/StepRun.js';
import { checkProbe, type Probe, probeIds, probeOf } from './Probe.js';
import type { RecurrentState } from './RecurrentState.js';
import type { StoredTensor } from './safetensors.js';
import { stateRows } from './stateRows.js';
import { initialWeights, networkOf } from './weights.js';

/** What happens inside a cell, by name: its gates, and the parts of its state. Each `[length·size × …]`, time-major. */
export type Gates = Named<tf.Tensor2D>;

/** Options of `LanguageModel`: the tokenizer, the cell, and what should differ from the defaults of `ModelConfig`. */
export type LanguageModelOptions = ModelOptions & { readonly tokenizer: Tokenizer };

/** Options of `LanguageModel.load`. */
export interface LoadOptions {
  /** The tokenizer that the model was saved with; checked against what was saved of it. Default: made of that. */
  readonly tokenizer?: Tokenizer | undefined;
}

/** Options of `LanguageModel.save`. */
export interface SaveOptions {
  /** What is known of the training, by name. Default: nothing, and the README says so. */
  readonly metrics?: TrainingMetrics | undefined;
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
  /** The cell of its layers. */
  readonly cell: Cell;
  /** What files say of the cell, at the sizes that it has here; `cellOfRecord` makes it again. */
  readonly cellRecord: CellRecord;
  readonly #network: Omit<Network, 'dropoutMask'>;
  readonly #step = new StepRun();

  /**
   * A model with initial weights: the same options, the same bits.
   * @throws {InvalidArgumentError} on an option that cannot be used, or sizes for which there is not enough memory.
   * @throws {CellError} when the cell's equation cannot be at these sizes, or cannot be saved.
   * @throws {BackendError} when no backend can be used, or only after `await useBackend()`.
   */
  constructor({ tokenizer, ...options }: LanguageModelOptions) {
    const vocabularySize = checkTokenizer(tokenizer);
    needBackend();
    this.tokenizer = tokenizer;
    this.config = modelConfig(options);
    this.cell = cellOf(options.cell);
    checkModelSize(options, vocabularySize);
    this.cellRecord = recordCell(this.cell, layerSizes(this.config));
    this.weights = initialWeights(this.cell, this.config, vocabularySize);
    this.#network = networkOf(this.cell, this.config, this.weights);
  }

  /**
   * Reads a model that `save` wrote, or another program in the same format (docs/models.md): everything in it is checked, and
   * that it gives what it gave when it was saved. Its cell is what is recorded of it: nothing else needs to define that. A model
   * whose tokenizer is neither of characters nor SentencePiece's needs the `tokenizer` it was saved with.
   * @throws {FileFormatError} when the directory is missing, or a file in it is damaged or does not fit the others.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory or of a place for temporary files.
   */
  static async load(path: string, { tokenizer: given }: LoadOptions = {}): Promise<LanguageModel> {
    if (given !== undefined) checkTokenizer(given);
    const { cell, config, tokenizer, weights, probe } = await loadModelDirectory(path, given);
    const model = naming(path, () => new LanguageModel({ ...config, cell, tokenizer }));
    for (const [name, variable] of Object.entries(model.weights))
      tf.tidy(() => variable.assign(tf.tensor(weights.get(name)?.values ?? [], variable.shape)));
    if (probe === undefined) return model;
    try {
      const got = model.#probe(probe.ids);
      naming(path, () => checkProbe(probe, got));
      return model;
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  /**
   * Writes configuration, cell, weights and tokenizer as a directory, whole or not at all, in place of a model that is there.
   * The weights are those at the call, also when training goes on meanwhile. `metrics` go into its README.
   * @throws {InvalidArgumentError} when the path is a directory that holds other files.
   * @throws {NonFiniteError} when a weight is not finite.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory or of a place for temporary files.
   * @throws {FileWriteError} when it cannot be written; the model that was there still is.
   */
  async save(path: string, { metrics }: SaveOptions = {}): Promise<void> {
    const weights = new Map<string, StoredTensor>();
    for (const [name, variable] of Object.entries(this.weights))
      weights.set(name, { shape: variable.shape, values: variable.dataSync() as Float32Array });
    const { cell, cellRecord: record, config, tokenizer } = this;
    const probe = this.#probe(probeIds(tokenizer.vocabularySize));
    await saveModelDirectory(path, { cell, record, probe, config, tokenizer, weights }, metrics);
  }

  /**
   * Σ mask·(−log p) over a batch, in nats, as a differentiable scalar that the caller disposes of. Dropout applies only
   * where a place for its masks is given.
   * @throws {InvalidArgumentError} when the batch is not one for this model.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory or of a place for temporary files.
   */
  totalLoss(batch: Batch, dropoutPlace?: DropoutPlace): tf.Scalar {
    checkBatch(batch, this.tokenizer.vocabularySize);
    return totalLoss(this.#with(this.#network, batch, dropoutPlace), this.#sequences(batch));
  }

  /**
   * The gates of every layer over a batch, each `[length·size × hidden]`, time-major, padding included, which the caller
   * disposes of. With other `weights` (of the same names), those of a model that had these.
   * @throws {InvalidArgumentError} when the batch is not one for this model.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory or of a place for temporary files.
   */
  gates(
    batch: Batch,
    { weights = this.weights, dropoutPlace }: { weights?: Named<tf.Tensor>; dropoutPlace?: DropoutPlace } = {},
  ): Gates[] {
    checkBatch(batch, this.tokenizer.vocabularySize);
    const network = networkOf(this.cell, this.config, weights);
    return gatesOf(this.#with(network, batch, dropoutPlace), this.#sequences(batch));
  }

  /** The bytes that a hypothesis takes in a state: float32, for each part of each layer. */
  get stateBytes(): number {
    const widths = this.#network.layers.flatMap(({ plan }) => Object.values(plan.cell.state).map(({ width }) => width));
    return 4 * widths.reduce((sum, width) => sum + width, 0);
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
    return this.#next(this.#step, state, rows, ids);
  }

  /** States are plain numbers: there is nothing to free. */
  free(_state: RecurrentState): void {}

  /** Frees the weights. */
  dispose(): void {
    this.#step.dispose();
    tf.dispose(this.weights as Record<string, tf.Variable>);
  }

  #next(
    step: StepRun,
    state: RecurrentState | undefined,
    rows: Int32Array,
    ids: Int32Array,
  ): { logProbabilities: Float32Array; state: RecurrentState } {
    const { layers } = this.#network;
    const widths = layers.map(({ plan }) => mapValues(plan.cell.state, ({ width }) => width));
    checkHypotheses(state, rows, ids, { vocabularySize: this.tokenizer.vocabularySize, widths });
    const from = layers.map(({ initial }, layer) =>
      stateRows(state?.layers[layer], rows, widths[layer] ?? {}, (part, width) => {
        const learned = initial[part];
        return (learned?.dataSync() as Float32Array) ?? new Float32Array(width);
      }),
    );
    const network = { ...this.#network, dropoutMask: undefined };
    const { logProbabilities, layers: after } = step.next(network, from, ids);
    return { logProbabilities, state: { rows: ids.length, layers: after } };
  }

  /** What the weights as they are now give for these ids. */
  #probe(ids: readonly number[]): Probe {
    const step = new StepRun();
    let state: RecurrentState | undefined;
    try {
      const logProbabilities = ids.slice(1).map((id, before) => {
        const made = this.#next(step, state, Int32Array.of(state ? 0 : -1), Int32Array.of(ids[before] as number));
        state = made.state;
        return made.logProbabilities[id] as number;
      });
      return probeOf(ids, logProbabilities);
    } finally {
      step.dispose();
    }
  }

  /** A network for a batch; dropout applies where a place for its masks is given. */
  #with(network: Omit<Network, 'dropoutMask'>, batch: Batch, dropoutPlace: DropoutPlace | undefined): Network {
    const { hiddenSize, dropout, seed } = this.config;
    const shape = [batch.length * batch.size, hiddenSize] as const;
    return {
      ...network,
      dropoutMask:
        dropoutPlace && dropout > 0 ? (layer) => dropoutMask(shape, dropout, seed, dropoutPlace, layer) : undefined,
    };
  }

  #sequences(batch: Batch): Sequences {
    const { ids: targets, mask, size, length: time } = batch;
    return { inputs: shiftBehindEos(batch, this.tokenizer.eosId), targets, mask, batch: size, time };
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
