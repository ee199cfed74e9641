/** What a processor may know of the text so far. */
export interface DecodingContext {
  /** The prompt's ids. */
  readonly promptIds: readonly number[];
  /** The ids generated so far; the prompt's are not among them. */
  readonly generatedIds: readonly number[];
}

/**
 * Changes the log-probabilities of the next token before one is chosen: in place, or by returning others. Nats,
 * `[vocabularySize]`; −∞ excludes a token. They need not sum to one, but one token must be left. The array is used again for
 * the next token: keep a copy, not the array.
 */
export type LogProbabilityProcessor = (
  logProbabilities: Float32Array,
  context: DecodingContext,
  // biome-ignore lint/suspicious/noConfusingVoidType: a processor that changes in place may return nothing at all.
) => Float32Array | void;
