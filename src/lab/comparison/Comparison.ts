import type { OptimizerName } from '../../training/optimizers.js';

/** What `Comparison.format` says. */
export const COMPARISON_FORMAT = 'babblebrook comparison 2';

/**
 * The record of a comparison of cells: plain numbers and strings, so that it can be kept as JSON, be gone on with, and its
 * report be drawn again without training.
 */
export interface Comparison {
  /** What kind of record this is. */
  readonly format: typeof COMPARISON_FORMAT;
  /** What all runs have in common. */
  readonly settings: ComparisonSettings;
  /** What they learned from. */
  readonly text: ComparisonText;
  /** The cells that are compared, in order. */
  readonly cells: readonly ComparedCell[];
  /** Short trainings beside the runs, in the order in which they ended. */
  readonly trials: readonly Trial[];
  /** A run for each cell and seed, in the order in which they ended. */
  readonly runs: readonly ComparisonRun[];
  /** What the program that made it wants to find again. */
  readonly notes?: unknown | undefined;
}

/** What all runs have in common. */
export interface ComparisonSettings {
  /** How hidden sizes were chosen: for equal numbers of parameters, or all the same. */
  readonly match: 'parameters' | 'hidden';
  /** When a run ends: after so many minutes of training at the cell's speed, or so many epochs. */
  readonly budget: Budget;
  /** Runs of one seed that are longer. Default: none. */
  readonly longer?: LongerRuns | undefined;
  /** Numbers that stand for a token. */
  readonly embeddingSize: number;
  /** Recurrent layers. */
  readonly layers: number;
  /** Share of each layer's outputs that is dropped in training. */
  readonly dropout: number;
  /** Tokens in a batch, padding counted. */
  readonly maxTokens: number;
  /** How gradients change the weights. */
  readonly optimizer: OptimizerName;
  /** The highest learning rate of every run, or those that the search for each cell's own begins with. */
  readonly learningRate: number | readonly number[];
  /** Gradients of a larger norm were scaled down to it. */
  readonly clipNorm: number;
  /** Threads that computed. */
  readonly workers: number;
  /** The first seed of the runs; the others follow. */
  readonly seed: number;
  /** Runs of each cell. */
  readonly seeds: number;
  /** How often an epoch is interrupted to measure loss and gates. */
  readonly validations: number;
  /** Whether it is tried, for cells with a forget gate, what a bias that begins with 1 changes. */
  readonly forgetBias?: boolean | undefined;
  /** How the continuations in `ComparisonRun.samples` begin. */
  readonly prompt: string;
  /** What computed. */
  readonly backend: string;
}

/** How long a training lasts. */
export type Budget =
  | {
      /** Minutes of training, charged at the speed of the cell. */
      readonly minutes: number;
    }
  | {
      /** Epochs, whatever time they take. */
      readonly epochs: number;
    };

/** Runs at the end of a comparison that are longer. */
export interface LongerRuns {
  /** So many times as long as the others. */
  readonly times: number;
  /** Of which cells; `best` is the best of those that are not named. */
  readonly cells: readonly string[];
}

/** A cell that is compared. */
export interface ComparedCell {
  /** Its name. */
  readonly cell: string;
  /** What it computes, as `equationOf` prints it. */
  readonly equation: string;
  /** Whether it has a forget gate whose bias can begin with another number. */
  readonly forgetBias: boolean;
  /** Size of the hidden state. */
  readonly hiddenSize: number;
  /** How many numbers the model learns. */
  readonly parameters: number;
  /**
   * Unmasked tokens per second of training, measured several times in turn with the other cells, before all else. The
   * median is what minutes are charged at.
   */
  readonly tokensPerSecond: readonly number[];
}

/** A short training beside the runs, of which little is noted. */
export interface Trial {
  /** In search of a learning rate; for what another initial forget bias changes; or for longer than the runs. */
  readonly purpose: 'search' | 'forget bias' | 'longer';
  /** Of a search: which round, from 0. */
  readonly round?: number | undefined;
  /** Its cell. */
  readonly cell: string;
  /** Of the initial weights, the order of the sentences and dropout. */
  readonly seed: number;
  /** The highest of the schedule. */
  readonly learningRate: number;
  /** What the bias of the forget gate began with. */
  readonly forgetBias: number;
  /** Updates of the weights. */
  readonly steps: number;
  /** In the order of time; the last one is of the end. Empty where loss or gradients became infinite. */
  readonly validation: readonly ValidationPoint[];
}

/** What the runs learned from. */
export interface ComparisonText {
  /** Ids of the tokenizer. */
  readonly vocabularySize: number;
  /** What was learned from. */
  readonly train: TextSize;
  /** What the loss was measured on. */
  readonly valid: TextSize;
}

/** How much text there is. */
export interface TextSize {
  /** How many there are. */
  readonly sentences: number;
  /** EOS counted. */
  readonly tokens: number;
}

/** One training: a cell with a seed. All lists are empty where loss or gradients became infinite. */
export interface ComparisonRun extends TrainingMeasurements {
  /** The cell of its model. */
  readonly cell: string;
  /** Of the initial weights, the order of the sentences, dropout and samples. */
  readonly seed: number;
  /** The highest of the schedule. */
  readonly learningRate: number;
  /** After the last step, and of the first seed's runs before the first step, too. */
  readonly gradientFlow: readonly FlowSnapshot[];
  /** What the trained model continues the prompt with. */
  readonly samples: readonly Continuation[];
}

/** What `measureTraining` notes. */
export interface TrainingMeasurements {
  /** Every step, in columns. */
  readonly steps: StepColumns;
  /** In the order of time; the last one is of the end of the training. */
  readonly validation: readonly ValidationPoint[];
  /** In the order of time, each from the last batch before a validation. */
  readonly gates: readonly GateSnapshot[];
}

/** One number for each step, in columns of equal length. */
export interface StepColumns {
  /** Seconds of training up to the end of the step, at the speed that time is charged at. */
  readonly seconds: readonly number[];
  /** Unmasked tokens of the step's batch. */
  readonly tokens: readonly number[];
  /** Time steps of the step's batch: its longest sentence, EOS counted. */
  readonly length: readonly number[];
  /** Nats per token, before the update. */
  readonly loss: readonly number[];
  /** Before clipping. */
  readonly gradientNorm: readonly number[];
}

/** The loss on the validation text at some time of a training. */
export interface ValidationPoint {
  /** Seconds of training so far. */
  readonly seconds: number;
  /** Tokens learned from so far. */
  readonly tokens: number;
  /** The loss on the validation text. */
  readonly natsPerToken: number;
  /** The same in bits, by character. */
  readonly bitsPerCharacter: number;
}

/** Histograms of the gates over the unmasked positions of one training batch. */
export interface GateSnapshot {
  /** Tokens learned from before this batch. */
  readonly tokens: number;
  /** Gate by gate, layer by layer. */
  readonly gates: readonly GateHistogram[];
}

/** How the values of one gate are distributed. */
export interface GateHistogram {
  /** Which layer, from 0. */
  readonly layer: number;
  /** `forget`, `update`, … as in `Gates`. */
  readonly gate: string;
  /** Where the first bin begins and the last one ends; all are equally wide. */
  readonly range: readonly [number, number];
  /** How many values fell into each bin; those beyond the range are in the outermost bins. */
  readonly counts: readonly number[];
}

/** How far gradients reach back in time, at some moment of a training. */
export interface FlowSnapshot {
  /** Of which weights it is. */
  readonly when: 'before training' | 'after training';
  /** What was measured, each as a function of the distance. */
  readonly curves: readonly FlowCurve[];
}

/** A norm as a function of the distance k in time steps, from k = 0. */
export interface FlowCurve {
  /**
   * Of what the norm is. `state`: ∂s_{t+k}/∂s_t; `loss`: ∂loss_{t+k}/∂s_t; `hidden→memory` and the like: blocks of `state`, from
   * the part at t to the part at t+k; of a simple RNN's first layer, `powers`: W_h^k, and `eigenvalues`: the root of
   * Σ|λ_i|^{2k}.
   */
  readonly of: string;
  /** By distance, from 0 time steps on. */
  readonly values: readonly number[];
  /** Standard errors, 0 where there were too few sentences to know; none where a curve is exact. */
  readonly errors: readonly number[];
}

/** A text that a model wrote. */
export interface Continuation {
  /** How: `greedy`, `sample`, `beam`. */
  readonly decoder: string;
  /** What it wrote, the prompt not repeated. */
  readonly text: string;
}
