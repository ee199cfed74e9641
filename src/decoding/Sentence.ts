import type { Hypothesis } from './Hypothesis.js';

/** A generated sentence, whole. */
export interface Sentence extends Hypothesis {
  /** Its text, without the prompt. */
  readonly text: string;
}
