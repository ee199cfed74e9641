import { DEFAULT_ROWS, DEFAULT_WINDOW } from '../../src/defaults.js';
import type { OptimizerName } from '../../src/index.js';
import type { TrainFlags } from './TrainFlags.js';

/** What `train` does where no flag says otherwise. */
export interface Recipe {
  readonly tokenizer: string;
  readonly hidden: number;
  readonly embedding: number;
  /** Of a batch of sentences. */
  readonly maxTokens: number;
  /** Of the layers' outputs. */
  readonly dropout: number;
  /** Of the state, in cells whose state meets a matrix, where no flag says what to drop. */
  readonly dropoutState: number;
  /** Over how many epochs what is dropped rises to that, where no flag says what to drop. */
  readonly dropoutEpochs: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  /** Of Adam and AdamW. */
  readonly beta2: number;
  /** Of AdamW. */
  readonly weightDecay: number;
  readonly warmup: number;
  readonly finalRate: number;
  readonly clip: number;
  /** The decay of the mean of the weights. */
  readonly average: number;
}

/** For sentences (docs/tuning.md says what was tried). */
export const RECIPE = {
  tokenizer: 'auto',
  hidden: 512,
  embedding: 128,
  maxTokens: 1600,
  dropout: 0.5,
  dropoutState: 0.2,
  dropoutEpochs: 2,
  optimizer: 'adamW',
  learningRate: 6e-3,
  beta2: 0.99,
  weightDecay: 0.2,
  warmup: 0.05,
  finalRate: 0,
  clip: 1,
  average: 0.99,
} as const satisfies Recipe;

/** For text that goes on. */
export const CONTINUOUS_RECIPE = {
  ...RECIPE,
  hidden: 384,
  dropout: 0.4,
  dropoutEpochs: 0,
  learningRate: 5e-3,
  rows: DEFAULT_ROWS,
  window: 50,
} as const satisfies Recipe & Partial<TrainFlags>;

/** What is other with `--tokenizer characters`: a piece is some three or four of them. */
const OF_CHARACTERS = {
  embedding: 64,
  maxTokens: 4800,
  dropout: 0.4,
  dropoutState: 0.15,
  dropoutEpochs: 0,
} as const satisfies Partial<Recipe>;

/** The same of text that goes on. */
const OF_CONTINUOUS_CHARACTERS = {
  ...{ embedding: 64, window: DEFAULT_WINDOW, dropout: 0.3, dropoutState: 0.15, learningRate: 8e-3 },
} as const satisfies Partial<TrainFlags>;

/** The recipe for text and tokens of these flags. */
export function recipeOf({
  continuous,
  tokenizer,
}: Pick<TrainFlags, 'continuous' | 'tokenizer'>): Recipe & Pick<TrainFlags, 'rows' | 'window'> {
  const ofCharacters = tokenizer === 'characters';
  if (continuous) return { ...CONTINUOUS_RECIPE, ...(ofCharacters && OF_CONTINUOUS_CHARACTERS) };
  return { ...RECIPE, ...(ofCharacters && OF_CHARACTERS) };
}

/** Flags of a new training, with a recipe for what is not said by any that is typed; what is dropped of the state depends on the cell. */
export function recipeFlags<Flags extends TrainFlags>(given: Flags, typed: ReadonlySet<string>): Flags {
  const { dropoutState: _, dropoutEpochs: __, beta2, weightDecay, ...recipe } = recipeOf(given);
  const { optimizer } = given;
  const all = {
    ...recipe,
    ...(optimizer.startsWith('adam') && { beta2 }),
    ...(optimizer === 'adamW' && { weightDecay }),
  };
  return { ...given, ...Object.fromEntries(Object.entries(all).filter(([name]) => !typed.has(name))) };
}
