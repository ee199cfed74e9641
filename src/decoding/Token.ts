/** A generated token. */
export interface Token {
  /** Its number in the vocabulary. */
  readonly id: number;
  /** The text that this token completes: `''` while a character lacks parts. */
  readonly text: string;
  /** Log-probability that the model gave it, in nats, before any processing. */
  readonly logProbability: number;
}
