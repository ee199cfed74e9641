/** What a processor may know of the text so far. */
export interface DecodingContext {
  /** The prompt's ids. */
  readonly promptIds: readonly number[];
  /** The ids generated so far; the prompt's are not among them. */
  readonly generatedIds: readonly number[];
}

/**
 * Changes the log-probabilities of the next token before one is chosen: in place, or by returning others. Nats,
 * `[vocabularySize]`; −∞ excludes a token. The array is used again for the next token: keep a copy, not the array.
 *
 * What a processor is given, and what a search ranks by, are log-probabilities whatever ran before: none is above 0, and
 * the probabilities sum to one at most. What is excluded or lowered is lost, and not given to the other tokens. Where a
 * processor raises some so that the sum is above one, all are lowered by the same amount, so that it is one: 2 may be added
 * to the log-probability of a token, and logits may be returned.
 */
export type LogProbabilityProcessor = (
  logProbabilities: Float32Array,
  context: DecodingContext,
  // biome-ignore lint/suspicious/noConfusingVoidType: a processor that changes in place may return nothing at all.
) => Float32Array | void;
