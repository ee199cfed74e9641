import type { Hypothesis } from './Hypothesis.js';
import type { Token } from './Token.js';

/** A generated sentence, whole. */
export interface Sentence extends Hypothesis {
  /** Its text, without the prompt, and without the stop string where that is left out. */
  readonly text: string;
  /** Its tokens, one for each of `ids`, as a decoder streams them: their texts join to `text`. */
  readonly tokens: readonly Token[];
}
