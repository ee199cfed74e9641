import { DEFAULT_ROWS, DEFAULT_WINDOW } from '../../src/defaults.js';
import type { TrainFlags } from './TrainFlags.js';

/** What `train` does where no flag says otherwise. */
export interface Recipe {
  readonly tokenizer: string;
  readonly hidden: number;
  /** Of a batch of sentences. */
  readonly maxTokens: number;
  /** Of the layers' outputs. */
  readonly dropout: number;
  /** Of the state, in cells whose state meets a matrix, where no flag says what to drop. */
  readonly dropoutState: number;
  /** Over how many epochs what is dropped rises to that, where no flag says what to drop. */
  readonly dropoutEpochs: number;
  readonly learningRate: number;
  /** Of Adam. */
  readonly beta2: number;
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
  maxTokens: 1600,
  dropout: 0.5,
  dropoutState: 0.2,
  dropoutEpochs: 2,
  learningRate: 6e-3,
  beta2: 0.99,
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
  learningRate: 8e-3,
  rows: DEFAULT_ROWS,
  window: 50,
} as const satisfies Recipe & Partial<TrainFlags>;

/** What is other with `--tokenizer characters`: a piece is some three of them. */
const OF_CHARACTERS = {
  maxTokens: 4800,
  dropout: 0.4,
  dropoutState: 0.15,
  dropoutEpochs: 0,
} as const satisfies Partial<Recipe>;

/** The same of text that goes on. */
const OF_CONTINUOUS_CHARACTERS = {
  ...{ window: DEFAULT_WINDOW, dropout: 0.3, dropoutState: 0.15 },
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
  const { dropoutState: _, dropoutEpochs: __, beta2, ...recipe } = recipeOf(given);
  const all = given.optimizer.startsWith('adam') ? { ...recipe, beta2 } : recipe;
  return { ...given, ...Object.fromEntries(Object.entries(all).filter(([name]) => !typed.has(name))) };
}
