import type { BackendName, GradientPrecision, OptimizerName, SentenceReading } from '../../src/index.js';

/** The flags of `train`, as commander gives them. */
export interface TrainFlags extends SentenceReading {
  readonly corpus: string[];
  readonly valid?: string;
  readonly holdOut?: number;
  readonly tokenizer: string;
  /** Whether text goes on as it stands, the state carried from batch to batch. */
  readonly continuous: boolean;
  /** Of text that goes on: how many rows a batch has. */
  readonly rows?: number;
  /** And how many tokens of each. */
  readonly window?: number;
  /** The directory of a saved model, or of a run, whose weights and tokenizer are the first. */
  readonly initFrom?: string;
  /** Whether characters that such a model lacks get ids. */
  readonly extendVocabulary: boolean;
  /** A cell that comes with the library, or a module that exports one. */
  readonly cell: string;
  readonly hidden: number;
  readonly embedding: number;
  readonly layers: number;
  /** Of each layer's outputs. */
  readonly dropout: number;
  readonly dropoutInput?: number;
  readonly dropoutState?: number | undefined;
  readonly dropoutEmbedding?: number;
  /** Of the weights that meet the state. */
  readonly dropoutWeights?: number;
  readonly dropoutPerSequence?: boolean;
  readonly dropoutEpochs?: number;
  /** A share, or shares of parts of the state, as text. */
  readonly zoneout?: string | undefined;
  /** What the bias of the forget gate begins with. */
  readonly forgetBias: number;
  readonly maxTokens: number;
  readonly maxLength: number;
  readonly epochs?: number;
  readonly minutes?: number;
  /** Epochs without a lower validation loss. */
  readonly patience?: number;
  readonly tieWeights: boolean;
  readonly initialState: 'zero' | 'learned';
  readonly optimizer: OptimizerName;
  /** Of AdamW. */
  readonly weightDecay?: number;
  readonly l2?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly learningRate: number;
  /** The share of the training in which the rate rises. */
  readonly warmup?: number;
  /** What the rate falls to, as a share of the highest. */
  readonly finalRate?: number;
  /** The share of each target that is spread over the vocabulary. */
  readonly labelSmoothing?: number;
  /** Of products that make gradients. */
  readonly precision?: GradientPrecision;
  /** What it counts that the last token is decoded of the predicted distribution. */
  readonly pastDecode?: number;
  /** The decay of a mean of the weights. */
  readonly average?: number | undefined;
  /** Whether the best model is saved with the temperature that suits the validation text. */
  readonly fitTemperature?: boolean;
  readonly clip: number;
  /** Default: as many as are worth while. */
  readonly workers?: number;
  readonly backend?: BackendName;
  readonly seed: number;
  readonly out?: string;
  readonly overwrite: boolean;
  readonly resume: boolean;
  /** Steps from one checkpoint to the next. */
  readonly checkpointEvery: number;
  /** Whether to keep held-out text, in which the page looks for passages. */
  readonly passages: boolean;
  /** Whether to log for TensorBoard. */
  readonly tensorboard: boolean;
}
