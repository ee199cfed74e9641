import type { Tokenizer } from '../text/Tokenizer.js';

/** How probable a model finds a text. */
export interface TextTotals {
  /** Sentences. */
  readonly sentences: number;
  /** Tokens that were predicted, the ends of sentences among them. */
  readonly tokens: number;
  /** Characters (code points) that they stand for; each end counts as one. */
  readonly characters: number;
  /** The sum of the tokens' log-probabilities, in nats. */
  readonly logProbability: number;
  /** The mean loss of a token, in nats. */
  readonly natsPerToken: number;
  /** The loss in bits, per character. */
  readonly bitsPerCharacter: number;
  /** e to the nats per token. */
  readonly perplexity: number;
}

/** How probable a model finds a sentence, token by token. */
export interface TextScore extends TextTotals {
  /** The tokens that were predicted, EOS last. */
  readonly ids: Int32Array;
  /** Their log-probabilities, in nats. */
  readonly logProbabilities: Float32Array;
}

/** Adds up what a model says of sentences. */
export class ScoreSum {
  #sentences = 0;
  #tokens = 0;
  #characters = 0;
  #logProbability = 0;

  /** Adds a sentence, EOS last. */
  add(tokenizer: Tokenizer, ids: Int32Array, logProbabilities: Float32Array): this {
    this.#sentences++;
    this.#tokens += ids.length;
    this.#characters += tokenizer.characterCount(ids);
    for (const logProbability of logProbabilities) this.#logProbability += logProbability;
    return this;
  }

  /** What was added so far. */
  get totals(): TextTotals {
    const natsPerToken = -this.#logProbability / this.#tokens;
    return {
      sentences: this.#sentences,
      tokens: this.#tokens,
      characters: this.#characters,
      logProbability: this.#logProbability,
      natsPerToken,
      bitsPerCharacter: -this.#logProbability / Math.LN2 / this.#characters,
      perplexity: Math.exp(natsPerToken),
    };
  }
}
