/** A generated token. */
export interface Token {
  /** Its number in the vocabulary. */
  readonly id: number;
  /**
   * The text that this token completes: `''` while a character lacks parts. Where the last character of a sentence is cut,
   * its parts are U+FFFD in the last token's text, so that texts join to what `tokenizer.decode` makes of the ids.
   */
  readonly text: string;
  /** Log-probability that the model gave it, in nats, before any processing. */
  readonly logProbability: number;
}
