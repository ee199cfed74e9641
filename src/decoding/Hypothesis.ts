/** A sentence, or the beginning of one, that a search considers. */
export interface Hypothesis {
  /** The ids generated so far; EOS is not among them. */
  readonly ids: readonly number[];
  /** Log-probability that the model gave each of these ids, and EOS where it has come, in nats. */
  readonly logProbabilities: readonly number[];
  /** Sum of the log-probabilities that it was ranked by, in nats: the model's own, unless a processor changes them. */
  readonly logProbability: number;
  /** What finished hypotheses are compared by: `logProbability` over the length penalty. */
  readonly score: number;
  /** Whether it is a complete sentence: EOS has come, or a stop string. */
  readonly complete: boolean;
}
