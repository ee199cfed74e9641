import type { Cell } from '../cells/cell.js';
import type { TokenPredictor } from '../decoding/TokenPredictor.js';
import {
  BackendError,
  checkFunction,
  checkIterable,
  checkNumber,
  checkOneOf,
  checkString,
  InvalidArgumentError,
  invalid,
} from '../errors.js';
import { eventLoopTurns } from '../eventLoop.js';
import { checkArrays, checkRowsAndIds } from '../model/checkHypotheses.js';
import type { ModelConfig } from '../model/ModelConfig.js';
import { naming } from '../model/naming.js';
import { checkProbe, type Probe, probeOf } from '../model/Probe.js';
import type { StoredModel } from '../model/readSavedModel.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import { type Activations, roomForActivations, takeActivations } from './Activations.js';
import { InferenceState } from './InferenceState.js';
import type { Kernel } from './kernel/Kernel.js';
import { wasmKernel } from './kernel/wasmKernel.js';
import { loadModel } from './loadModel.js';
import type { ModelSource, OnProgress } from './ModelSource.js';
import { MOST_ROWS, NetworkRun } from './NetworkRun.js';
import { type Pin, type PinnedPlace, pinnedPlaces } from './Pin.js';
import { inputsOf, type ReadSequence, SequenceReader, sequenceOf } from './SequenceReader.js';
import { ScoreSum, type TextScore, type TextTotals } from './TextScore.js';

/** Sentences that are read side by side. */
const TOGETHER = 16;

/** So many time steps of one hypothesis are made before the event loop may turn. */
const MOST_STEPS = 16;

/** As many arrays of freed states are kept, to be used again. */
const MOST_SPARE = 8;

const NONE: readonly PinnedPlace[] = [];

/** What a step gives. */
interface Prediction {
  /** Nats, row-major `[hypotheses × vocabularySize]`. */
  logProbabilities: Float32Array;
  /** What the hypotheses go on from. */
  state: InferenceState;
}

/** What an `InferenceModel` computes with. */
export const KERNELS = ['wasm', 'plain'] as const;

/** One of these. */
export type KernelName = (typeof KERNELS)[number];

/** Options of `InferenceModel.load`. */
export interface InferenceLoadOptions {
  /** The tokenizer that the model was saved with; checked against what was saved of it. Default: made of that. */
  readonly tokenizer?: Tokenizer | undefined;
  /** Hears of each part of a file that was read. Default: nobody. */
  readonly onProgress?: OnProgress | undefined;
  /** `wasm`: WebAssembly with vectors; `plain`: plain code, some ten times slower. Default: `wasm` where there is that. */
  readonly kernel?: KernelName | undefined;
}

/** Options of `InferenceModel.score`. */
export interface TextScoreOptions {
  /** The text that the sentence begins with; it is read, not scored. Default `''`. */
  readonly prompt?: string | undefined;
}

/**
 * A saved model that is only read, over typed arrays: without TensorFlow, in Node.js and in browsers, whatever its cell is.
 *
 *     const model = await InferenceModel.load('runs/speech/last');
 *     for await (const token of sample(model, { temperature: 0.7 })) process.stdout.write(token.text);
 *
 * It is a `TokenPredictor`, so every decoder takes it. It starts in milliseconds, and is the faster one for a few hypotheses; for many,
 * and to train, there is `LanguageModel`. A hypothesis has the same numbers, bit for bit, in whatever company it is computed.
 */
export class InferenceModel implements TokenPredictor<InferenceState> {
  /** What its ids stand for. */
  readonly tokenizer: Tokenizer;
  /** What it is made of. */
  readonly config: ModelConfig;
  /** The cell of its layers. */
  readonly cell: Cell;
  /** What it computes with. */
  readonly kernel: KernelName;
  readonly #model: StoredModel;
  readonly #run: NetworkRun;
  readonly #reader: SequenceReader;
  readonly #states = new WeakSet<InferenceState>();
  readonly #spare: Float32Array[] = [];

  private constructor(model: StoredModel, kernel: Kernel, name: KernelName) {
    this.#model = model;
    ({ tokenizer: this.tokenizer, config: this.config, cell: this.cell } = model);
    this.kernel = name;
    this.#run = new NetworkRun(kernel, model);
    this.#reader = new SequenceReader(this.#run, model.tokenizer.vocabularySize);
  }

  /**
   * Loads a model that `LanguageModel` saved: its directory's path or URL, or its files. Everything is checked, and that it gives what it
   * gave when it was saved.
   * @throws {InvalidArgumentError} when an argument cannot be used.
   * @throws {FileFormatError} when a file is missing or damaged, or does not fit the others.
   * @throws {BackendError} when there is no WebAssembly and `kernel` asks for it, or not enough memory for the model.
   */
  static async load(
    source: ModelSource,
    { tokenizer, onProgress = () => {}, kernel: wanted }: InferenceLoadOptions = {},
  ): Promise<InferenceModel> {
    checkFunction('onProgress', onProgress);
    if (wanted !== undefined) checkOneOf('kernel', wanted, KERNELS);
    const [{ loaded, place }, wasm] = await Promise.all([
      loadModel(source, tokenizer, onProgress),
      wanted === 'plain' ? undefined : wasmKernel(),
    ]);
    if (wanted === 'wasm' && !wasm)
      throw new BackendError('Expected WebAssembly that computes with vectors, got none here');
    const { probe, ...saved } = loaded;
    // Few have zoneout.
    const stored = saved.config.zoneout ? (await import('./zonedModel.js')).zonedModel(saved, place) : saved;
    const kernel = wasm ?? (await plainKernel());
    const model = inMemory(() => new InferenceModel(stored, kernel, wasm ? 'wasm' : 'plain'));
    if (probe) {
      const got = await model.#probe(probe);
      naming(place, () => checkProbe(probe, got));
    }
    return model;
  }

  /** The bytes that a hypothesis takes in a state: float32, for each part of each layer. */
  get stateBytes(): number {
    return 4 * this.#run.network.stateWidth;
  }

  /**
   * One time step for a set of hypotheses: hypothesis k goes on from row `rows[k]` of `state` and reads `ids[k]`; row −1
   * is the state before any token. Resolves to log-probabilities in nats, `[ids.length × vocabularySize]`, row-major, and
   * the new state.
   * @throws {InvalidArgumentError} when a row or an id is out of range, or `state` was freed or is another model's.
   */
  async next(
    state: InferenceState | undefined,
    rows: Int32Array,
    ids: Int32Array,
  ): Promise<{
    /** Nats, row-major `[ids.length × vocabularySize]`. */
    logProbabilities: Float32Array;
    /** What the hypotheses go on from. */
    state: InferenceState;
  }> {
    return this.#next(NONE, state, rows, ids);
  }

  /**
   * Many time steps at once for one hypothesis, which goes on from row `row` of `state`, −1 being the state before any token, and reads all
   * these ids. Resolves to the log-probabilities behind the last one, `[vocabularySize]`, in nats, and the new state: the same bits that
   * steps one by one give.
   * @throws {InvalidArgumentError} when there is no id, the row or an id is out of range, or `state` was freed or is another model's.
   */
  async read(
    state: InferenceState | undefined,
    row: number,
    ids: Int32Array,
  ): Promise<{
    /** Nats, `[vocabularySize]`. */
    logProbabilities: Float32Array;
    /** What the hypothesis goes on from. */
    state: InferenceState;
  }> {
    return this.#read(NONE, state, row, ids);
  }

  /**
   * The same model with units held at values, at every time step: those of a prompt too, and those above one another in layers. It is a predictor
   * for every decoder, over the model's own states: either goes on from what the other gave.
   *
   *     sample(model.pinned([{ layer: 0, gate: 'update', unit: 3, value: 0 }]), { seed: 7 })
   *
   * @throws {InvalidArgumentError} when there is no such layer, gate or unit, nothing is made of the gate, or a value is no number of float32.
   */
  pinned(pins: readonly Pin[]): TokenPredictor<InferenceState> {
    const places = pinnedPlaces(pins, this.#run.network);
    return {
      tokenizer: this.tokenizer,
      stateBytes: this.stateBytes,
      next: async (state, rows, ids) => this.#next(places, state, rows, ids),
      read: (state, row, ids) => this.#read(places, state, row, ids),
      free: (state) => this.free(state),
    };
  }

  /** Frees a state: its memory is used again, and it can be used no more. */
  free(state: InferenceState): void {
    if (!this.#states.delete(state)) return;
    const numbers = state.release();
    if (numbers && this.#spare.length < MOST_SPARE) this.#spare.push(numbers);
  }

  /**
   * The log-probability of a sentence, token by token, its end included, and what that is together.
   * @throws {InvalidArgumentError} when an argument is no text.
   */
  async score(sentence: string, { prompt = '' }: TextScoreOptions = {}): Promise<TextScore> {
    checkString('sentence', sentence);
    checkString('prompt', prompt);
    const start = this.tokenizer.encode(prompt);
    const all = sequenceOf(this.tokenizer, sentence, start);
    const [logProbabilities = new Float32Array()] = await this.#reader.read([all], start.length);
    const ids = all.ids.slice(start.length);
    return { ids, logProbabilities, ...new ScoreSum().add(this.tokenizer, ids, logProbabilities).totals };
  }

  /**
   * How probable all sentences of a text are together, their ends included.
   * @throws {InvalidArgumentError} when there is none, or one is no text.
   */
  async totals(sentences: Iterable<string> | AsyncIterable<string>): Promise<TextTotals> {
    const sum = new ScoreSum();
    let group: ReadSequence[] = [];
    const readGroup = async (): Promise<void> => {
      const read = await this.#reader.read(group);
      for (const [at, { ids }] of group.entries()) sum.add(this.tokenizer, ids, read[at] as Float32Array);
      group = [];
    };
    checkIterable('sentences', 'an iterable of sentences', sentences);
    for await (const sentence of sentences) {
      group.push(sequenceOf(this.tokenizer, checkString('a sentence', sentence)));
      if (group.length === TOGETHER) await readGroup();
    }
    await readGroup();
    if (sum.totals.sentences === 0) throw new InvalidArgumentError('Expected sentences, got none');
    return sum.totals;
  }

  /**
   * What happens inside: every gate and part of the state of every layer, unit by unit, at every time step in which the model reads
   * the text. The first reads EOS, which begins a sentence, and the last the text's last token.
   * @throws {InvalidArgumentError} when it is no text.
   */
  async activations(text: string): Promise<Activations> {
    const sequence = sequenceOf(this.tokenizer, checkString('text', text));
    const made = roomForActivations(inputsOf(sequence), this.#run.network);
    await this.#reader.eachStep([sequence], (step) => takeActivations(made, this.#run, step));
    return made;
  }

  /**
   * How much each earlier token matters for one: for place `at` of a text (0: its first token; as many as it has tokens: its end),
   * the Euclidean norm of ∂ log p / ∂ embedding of each token that was read before it, EOS, which begins the sentence, first. Its length is
   * `at` + 1.
   * @throws {InvalidArgumentError} when it is no text, or has no such place.
   */
  async connectivity(text: string, at: number): Promise<Float64Array> {
    const sequence = sequenceOf(this.tokenizer, checkString('text', text));
    const { ids } = sequence;
    checkNumber('at', at, { integer: true, min: 0, below: ids.length });
    // Nobody who only decodes needs the way back.
    const { connectivity } = await import('./connectivity.js');
    return connectivity(this.#model, inputsOf(sequence).subarray(0, at + 1), ids[at] as number);
  }

  #next(
    pins: readonly PinnedPlace[],
    state: InferenceState | undefined,
    rows: Int32Array,
    ids: Int32Array,
  ): Prediction {
    checkArrays(rows, ids);
    this.#checkState(state);
    const { vocabularySize } = this.tokenizer;
    checkRowsAndIds(state?.rows, rows, ids, vocabularySize);
    const after = this.#numbers(ids.length);
    const logProbabilities = new Float32Array(ids.length * vocabularySize);
    for (let first = 0; first < ids.length; first += MOST_ROWS) {
      const count = Math.min(MOST_ROWS, ids.length - first);
      this.#run.step(state?.numbers, rows, ids, after, { first, count }, pins);
      this.#run.logProbabilitiesInto(logProbabilities, first * vocabularySize, count);
    }
    return { logProbabilities, state: this.#stateOf(ids.length, after) };
  }

  async #read(
    pins: readonly PinnedPlace[],
    state: InferenceState | undefined,
    row: number,
    ids: Int32Array,
  ): Promise<Prediction> {
    checkNumber('row', row, { integer: true, min: -1 });
    this.#checkState(state);
    const { vocabularySize } = this.tokenizer;
    if (!(ids instanceof Int32Array)) throw invalid('ids', 'an Int32Array', ids);
    checkRowsAndIds(state?.rows, new Int32Array(ids.length).fill(row), ids, vocabularySize);
    const after = this.#numbers(1);
    const turn = eventLoopTurns();
    // Its own: what is behind the first of them is read when others had their turn.
    const own = ids.slice();
    this.#run.read(state?.numbers, row, own.subarray(0, MOST_STEPS), after, pins);
    for (let from = MOST_STEPS; from < own.length; from += MOST_STEPS) {
      await turn();
      this.#run.read(after, 0, own.subarray(from, from + MOST_STEPS), after, pins);
    }
    const logProbabilities = new Float32Array(vocabularySize);
    this.#run.logProbabilitiesInto(logProbabilities, 0, 1);
    return { logProbabilities, state: this.#stateOf(1, after) };
  }

  /** What it gives for a probe's ids. */
  async #probe({ ids }: Probe): Promise<Probe> {
    const [read = []] = await this.#reader.read([{ first: ids[0] as number, ids: Int32Array.from(ids.slice(1)) }]);
    return probeOf(ids, [...read]);
  }

  #checkState(state: InferenceState | undefined): void {
    if (state !== undefined && !(this.#states.has(state) && state.numbers))
      throw new InvalidArgumentError('Expected a state that this model gave, and that was not freed, got another');
  }

  #stateOf(rows: number, numbers: Float32Array): InferenceState {
    const state = new InferenceState(rows, numbers);
    this.#states.add(state);
    return state;
  }

  #numbers(rows: number): Float32Array {
    const length = rows * this.#run.network.stateWidth;
    const at = this.#spare.findIndex((numbers) => numbers.length === length);
    return (at >= 0 && this.#spare.splice(at, 1)[0]) || new Float32Array(length);
  }
}

/** Hardly anybody waits for it. */
async function plainKernel(): Promise<Kernel> {
  const { PlainKernel } = await import('./kernel/plainKernel.js');
  return new PlainKernel();
}

/** Where there is no more memory, arrays of numbers are a `RangeError`. */
function inMemory<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BackendError(`Expected memory for the model, got none: ${error.message}`, { cause: error });
  }
}
