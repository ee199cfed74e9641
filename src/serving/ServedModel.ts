import type { TokenPredictor } from '../decoding/TokenPredictor.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import { Batcher } from './Batcher.js';
import type { Limits } from './Limits.js';
import { tokenNames } from './tokenNames.js';

/** A model that is served: what all its requests share. */
export class ServedModel {
  /** What clients call it. */
  readonly name: string;
  readonly tokenizer: Tokenizer;
  /** Does the work. */
  readonly batcher: Batcher<unknown>;
  /** What a token is called in log-probabilities. */
  readonly nameOf: (id: number) => string;

  constructor(name: string, predictor: TokenPredictor<unknown>, limits: Limits) {
    this.name = name;
    this.tokenizer = predictor.tokenizer;
    this.batcher = new Batcher(predictor, limits);
    this.nameOf = tokenNames(predictor.tokenizer);
  }
}
