import type { Tokenizer } from '../text/Tokenizer.js';

/** What a decoder needs of a model: the log-probabilities of the next token for a set of hypotheses. */
export interface TokenPredictor<State> {
  /** What its ids stand for. */
  readonly tokenizer: Tokenizer;
  /** The bytes that a hypothesis takes in a state, where they are known: searches tell by them what memory has room for. */
  readonly stateBytes?: number | undefined;
  /**
   * Hypothesis k goes on from row `rows[k]` of `state` and reads `ids[k]`; row −1 is the state before any token.
   * Resolves to nats, row-major `[ids.length × vocabularySize]`, and the new state. Never frees its input.
   */
  next(
    state: State | undefined,
    rows: Int32Array,
    ids: Int32Array,
  ): Promise<{ logProbabilities: Float32Array; state: State }>;
  /** Frees a state that `next` gave. */
  free(state: State): void;
}
