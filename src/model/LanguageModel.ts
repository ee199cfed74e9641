import type { Scalar, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import type { Cell } from '../cells/cell.js';
import { cellOf } from '../cells/cells.js';
import { type CellRecord, recordCell } from '../cells/recordCell.js';
import { zoneoutRates } from '../cells/zoneout.js';
import { checkNumber, checkOneOf, invalid } from '../errors.js';
import { PRECISION_NAMES } from '../names.js';
import type { Batch } from '../pipeline/Batch.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import { tf } from '../tf.js';
import { needBackend } from './backend.js';
import { batchSequences, carriedRows, layersAt } from './batchSequences.js';
import { checkBatch } from './checkBatch.js';
import { checkHypotheses } from './checkHypotheses.js';
import { checkObjective } from './checkObjective.js';
import type { Dropout } from './Dropout.js';
import type { DropoutPlace } from './dropoutMask.js';
import { inPrecision, type Precision } from './inPrecision.js';
import { layerSizes, type ModelConfig, type ModelOptions, modelConfig, sizesOf } from './ModelConfig.js';
import { mapValues, type Named } from './mapValues.js';
import { checkModelSize } from './memory.js';
import type { TrainingMetrics } from './modelCard.js';
import { loadModelDirectory, saveModelDirectory } from './modelDirectory.js';
import { naming } from './naming.js';
import { gatesOf, totalLoss, withEngine } from './network/computeNetwork.js';
import type { Network } from './network/Network.js';
import type { Objective } from './network/Objective.js';
import { StepRun } from './network/StepRun.js';
import { readSequences } from './network/sequences.js';
import { networkDropout } from './networkDropout.js';
import { checkProbe, type Probe, probeIds, probeOf } from './Probe.js';
import type { RecurrentState } from './RecurrentState.js';
import type { StoredTensor } from './safetensors.js';
import { stateRows } from './stateRows.js';
import type { Weights } from './torchWeights.js';
import { initialWeights, networkOf } from './weights.js';

/** What happens inside a cell, by name: its gates, and the parts of its state. Each `[length·size × …]`, time-major. */
export type Gates = Named<Tensor2D>;

/** Options of `LanguageModel`: the tokenizer, the cell, and what should differ from the defaults of `ModelConfig`. */
export type LanguageModelOptions = ModelOptions & { readonly tokenizer: Tokenizer };

/** Options of `LanguageModel.gates`. */
export interface GatesOptions {
  /** By the names of the model's. Default: the model's own. */
  readonly weights?: Named<Tensor> | undefined;
  /** Where dropout masks belong. Default: none apply. */
  readonly dropoutPlace?: DropoutPlace | undefined;
  /** What the batch's rows go on from. Default: every row begins. */
  readonly state?: RecurrentState | undefined;
}

/** Options of `LanguageModel.lossAndState`. */
export interface LossAndStateOptions {
  /** What the batch's rows go on from. Default: every row begins. */
  readonly state?: RecurrentState | undefined;
  /** Where dropout masks belong. Default: none apply. */
  readonly dropoutPlace?: DropoutPlace | undefined;
  /** What gradients are of, as `totalLoss` takes it. Default: of the loss. */
  readonly objective?: Objective | undefined;
}

/** Options of `LanguageModel.load`. */
export interface LoadOptions {
  /** The tokenizer that the model was saved with; checked against what was saved of it. Default: made of that. */
  readonly tokenizer?: Tokenizer | undefined;
  /** What to drop when it is trained further. Default: as it was saved. */
  readonly dropout?: number | Partial<Dropout> | undefined;
  /** Seed of dropout, and of the weights that `extendVocabulary` adds. Default: as it was saved. */
  readonly seed?: number | undefined;
}

/** Options of `LanguageModel.save`. */
export interface SaveOptions {
  /** What is known of the training, by name. Default: nothing, and the README says so. */
  readonly metrics?: TrainingMetrics | undefined;
  /** `float16` rounds every weight to the nearest number of 16 bits: half a file, and hardly another model. Default `float32`, bit for bit. */
  readonly precision?: Precision | undefined;
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
  readonly weights: Readonly<Record<string, Variable>>;
  /** The cell of its layers. */
  readonly cell: Cell;
  /** What files say of the cell, at the sizes that it has here; `cellOfRecord` makes it again. */
  readonly cellRecord: CellRecord;
  readonly #network: Omit<Network, 'dropout'>;
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
    if (options.zoneout !== undefined) zoneoutRates(this.cell, sizesOf(this.config, 0), options.zoneout);
    checkModelSize(options, vocabularySize);
    this.cellRecord = recordCell(this.cell, layerSizes(this.config));
    this.weights = initialWeights(this.cell, this.config, vocabularySize);
    this.#network = networkOf(this.cell, this.config, this.weights);
  }

  /**
   * Reads a model that `save` wrote, or another program in the same format (docs/models.md): everything in it is checked, and
   * that it gives what it gave when it was saved. Its cell is what is recorded of it: nothing else needs to define that. A model
   * whose tokenizer is neither of characters nor SentencePiece's needs the `tokenizer` it was saved with. A training of it goes on
   * from its weights; an optimizer begins anew.
   * @throws {InvalidArgumentError} when an option cannot be used.
   * @throws {FileFormatError} when the directory is missing, or a file in it is damaged or does not fit the others.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory or of a place for temporary files.
   */
  static async load(path: string, { tokenizer: given, dropout, seed }: LoadOptions = {}): Promise<LanguageModel> {
    if (given !== undefined) checkTokenizer(given);
    modelConfig({ cell: 'rnn', dropout, seed });
    const { cell, config, tokenizer, weights, probe } = await loadModelDirectory(path, given);
    const changed = { dropout: dropout ?? config.dropout, seed: seed ?? config.seed };
    const model = naming(path, () => new LanguageModel({ ...config, ...changed, cell, tokenizer }));
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
   * The weights are those at the call, also when training goes on meanwhile; they stay as they are. `metrics` go into its README.
   * @throws {InvalidArgumentError} when the path is a directory that holds other files, or `precision` does not hold a weight.
   * @throws {NonFiniteError} when a weight is not finite.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory or of a place for temporary files.
   * @throws {FileWriteError} when it cannot be written; the model that was there still is.
   */
  async save(path: string, { metrics, precision = 'float32' }: SaveOptions = {}): Promise<void> {
    checkOneOf('precision', precision, PRECISION_NAMES);
    const own = new Map<string, StoredTensor>();
    for (const [name, variable] of Object.entries(this.weights))
      own.set(name, { shape: variable.shape, values: variable.dataSync() as Float32Array });
    const weights = inPrecision(precision, own);
    const { cell, cellRecord: record, config, tokenizer } = this;
    const probe = this.#probeWith(weights === own ? undefined : weights, probeIds(tokenizer.vocabularySize));
    const model = { cell, record, probe, config, tokenizer, weights };
    await saveModelDirectory(path, model, { metrics, precision });
  }

  /**
   * Σ mask·(−log p) over a batch, in nats, as a differentiable scalar that the caller disposes of. Dropout applies only
   * where a place for its masks is given. With an objective, the number is the same, and its gradients are those of the objective.
   * @throws {InvalidArgumentError} when the batch is not one for this model, or the objective cannot be used.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory or of a place for temporary files.
   */
  totalLoss(batch: Batch, dropoutPlace?: DropoutPlace, objective: Objective = {}): Scalar {
    checkBatch(batch, this.tokenizer.vocabularySize);
    checkObjective(objective, this.config, this.tokenizer.vocabularySize);
    const network = { ...this.#with(this.#network, batch, dropoutPlace), objective };
    return totalLoss(network, batchSequences(batch, this.tokenizer.eosId));
  }

  /**
   * What `totalLoss` gives, with every row gone on from its row of `state`, and the state behind the batch, in plain numbers: nothing
   * goes back through it. Rows that `begins` says begin, and all where there is no state, begin at the first state. A row that is shorter than
   * the batch has read padding at its end: what stands in its row of the state behind it is of no use.
   * @throws {InvalidArgumentError} when the batch is not one for this model, the state is another model's, or of another number of rows, or the
   *   objective cannot be used.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory or of a place for temporary files.
   */
  lossAndState(
    batch: Batch,
    { state, dropoutPlace, objective = {} }: LossAndStateOptions = {},
  ): { loss: Scalar; state: RecurrentState } {
    checkBatch(batch, this.tokenizer.vocabularySize);
    checkObjective(objective, this.config, this.tokenizer.vocabularySize);
    const sequences = {
      ...batchSequences(batch, this.tokenizer.eosId),
      carried: carriedRows(batch, state, this.#widths()),
    };
    let layers: RecurrentState['layers'] = [];
    const network = { ...this.#with(this.#network, batch, dropoutPlace), objective };
    const loss = totalLoss(network, sequences, (states) => {
      layers = states;
    });
    return { loss, state: { rows: batch.size, layers } };
  }

  /**
   * The gates of every layer over a batch, each `[length·size × hidden]`, time-major, padding included, which the caller
   * disposes of. With other `weights` (of the same names), those of a model that had these; with a `state`, rows go on from it, as
   * `lossAndState` says.
   * @throws {InvalidArgumentError} when the batch is not one for this model.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory or of a place for temporary files.
   */
  gates(batch: Batch, { weights = this.weights, dropoutPlace, state }: GatesOptions = {}): Gates[] {
    checkBatch(batch, this.tokenizer.vocabularySize);
    const network = networkOf(this.cell, this.config, weights);
    const carried = state && carriedRows(batch, state, this.#widths());
    return gatesOf(this.#with(network, batch, dropoutPlace), {
      ...batchSequences(batch, this.tokenizer.eosId),
      carried,
    });
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
    return this.#next(this.#step, this.#network, state, rows, ids);
  }

  /**
   * Many time steps at once for one hypothesis, which goes on from row `row` of `state`, −1 being the state before any token, and reads all
   * these ids. Resolves to the log-probabilities behind the last one, `[vocabularySize]`, in nats, and the new state.
   * @throws {InvalidArgumentError} when there is no id, the row or an id is out of range, or `state` is another model's.
   * @throws {BackendError} when TensorFlow fails, such as for lack of memory or of a place for temporary files.
   */
  async read(
    state: RecurrentState | undefined,
    row: number,
    ids: Int32Array,
  ): Promise<{ logProbabilities: Float32Array; state: RecurrentState }> {
    if (!(ids instanceof Int32Array)) throw invalid('ids', 'an Int32Array', ids);
    checkNumber('row', row, { integer: true, min: -1 });
    const widths = this.#widths();
    const { vocabularySize } = this.tokenizer;
    checkHypotheses(state, new Int32Array(ids.length).fill(row), ids, { vocabularySize, widths });
    const states = row < 0 || !state ? undefined : layersAt(state, Int32Array.of(row), widths);
    const network = { ...this.#network, dropout: undefined };
    const carried = { begins: Float32Array.of(0), states };
    const sequences = { inputs: ids, batch: 1, time: ids.length, carried };
    const { logProbabilities, states: layers } = withEngine((engine) => readSequences(engine, network, sequences));
    return { logProbabilities, state: { rows: 1, layers } };
  }

  /** States are plain numbers: there is nothing to free. */
  free(_state: RecurrentState): void {}

  /** Frees the weights. */
  dispose(): void {
    this.#step.dispose();
    tf.dispose(this.weights as Record<string, Variable>);
  }

  #next(
    step: StepRun,
    given: Omit<Network, 'dropout'>,
    state: RecurrentState | undefined,
    rows: Int32Array,
    ids: Int32Array,
  ): { logProbabilities: Float32Array; state: RecurrentState } {
    const widths = this.#widths();
    checkHypotheses(state, rows, ids, { vocabularySize: this.tokenizer.vocabularySize, widths });
    const from = given.layers.map(({ initial }, layer) =>
      stateRows(state?.layers[layer], rows, widths[layer] ?? {}, (part, width) => {
        const learned = initial[part];
        return (learned?.dataSync() as Float32Array) ?? new Float32Array(width);
      }),
    );
    const network = { ...given, dropout: undefined };
    const { logProbabilities, layers: after } = step.next(network, from, ids);
    return { logProbabilities, state: { rows: ids.length, layers: after } };
  }

  /** What other weights give for these ids, or the model's own as they are now. */
  #probeWith(weights: Weights | undefined, ids: readonly number[]): Probe {
    if (!weights) return this.#probe(ids);
    const tensors = Object.fromEntries(
      Array.from(weights, ([name, { shape, values }]) => [name, tf.tensor(values, [...shape])]),
    );
    try {
      return this.#probe(ids, networkOf(this.cell, this.config, tensors));
    } finally {
      tf.dispose(tensors);
    }
  }

  /** What a network gives for these ids. */
  #probe(ids: readonly number[], network: Omit<Network, 'dropout'> = this.#network): Probe {
    const step = new StepRun();
    let state: RecurrentState | undefined;
    try {
      const logProbabilities = ids.slice(1).map((id, before) => {
        const made = this.#next(
          step,
          network,
          state,
          Int32Array.of(state ? 0 : -1),
          Int32Array.of(ids[before] as number),
        );
        state = made.state;
        return made.logProbabilities[id] as number;
      });
      return probeOf(ids, logProbabilities);
    } finally {
      step.dispose();
    }
  }

  /** A network for a batch; dropout applies where a place for its masks is given. */
  #with(network: Omit<Network, 'dropout'>, batch: Batch, dropoutPlace: DropoutPlace | undefined): Network {
    const { vocabularySize } = this.tokenizer;
    return { ...network, dropout: dropoutPlace && networkDropout(this.config, vocabularySize, batch, dropoutPlace) };
  }

  /** Of each layer, the parts of its state and their sizes. */
  #widths(): Named<number>[] {
    return this.#network.layers.map(({ plan }) => mapValues(plan.cell.state, ({ width }) => width));
  }
}

/** Checks what a model needs to know of a tokenizer, and returns the size of its vocabulary. */
function checkTokenizer(tokenizer: Tokenizer): number {
  const vocabularySize = checkNumber('tokenizer.vocabularySize', tokenizer?.vocabularySize, { integer: true, min: 1 });
  checkNumber('tokenizer.eosId', tokenizer.eosId, { integer: true, min: 0, below: vocabularySize });
  return vocabularySize;
}
