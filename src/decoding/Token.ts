/** A generated token. */
export interface Token {
  /** Its number in the vocabulary. */
  readonly id: number;
  /**
   * The text that this token completes: `''` while a character lacks parts. Where the last character of a sentence is cut,
   * its parts are U+FFFD in the last token's text, so that texts join to what `tokenizer.decode` makes of the ids. With `omitStop`, what
   * belongs to the stop string or is behind it is missing: the tokens that it is made of come with what is before it, or `''`.
   */
  readonly text: string;
  /** Log-probability that the model gave it, in nats, before any processing. */
  readonly logProbability: number;
}
