import type { ModelConfig } from '../../model/ModelConfig.js';
import type { TokenizerJSON } from '../../text/Tokenizer.js';
import type { TrainingState } from '../TrainingState.js';

/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A training at one moment, and what is needed to see that it goes on as the same training. */
export interface Checkpoint {
  /** For `train(model, { resumeFrom })`, and `state.resumeAt` for `epochs`. */
  readonly state: TrainingState;
  /** The model's configuration; of its cell, it has the name, and `state` the record. */
  readonly config: ModelConfig;
  /** The model's tokenizer, for `tokenizerFromJSON`. */
  readonly tokenizer: TokenizerJSON;
  /** What the training's maker gave to be kept: settings, running totals. */
  readonly notes: Json;
  /** Validation loss in nats per token, where it was reported: the lowest marks the best checkpoint. */
  readonly validationLoss: number | undefined;
  /** What wrote it: of Node, tfjs and TensorFlow (`none` on other backends), and the backend. */
  readonly versions: Readonly<Record<string, string>>;
}
