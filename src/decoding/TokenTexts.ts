import type { Detokenizer, Tokenizer } from '../text/Tokenizer.js';
import { detokenizerAfter } from './detokenizerAfter.js';
import type { Token } from './Token.js';

/**
 * Makes tokens of generated ids. Their texts join to the text of all ids: what is incomplete at the end, such as the first
 * bytes of a character, belongs to the last token. So a token that may turn out to be the last is kept back while there
 * is such text, until the next one or the end is there.
 */
export class TokenTexts {
  readonly #detokenizer: Detokenizer;
  #kept: Token | undefined;

  constructor(tokenizer: Tokenizer, promptIds: readonly number[]) {
    this.#detokenizer = detokenizerAfter(tokenizer, promptIds);
  }

  /** Takes the next id, and returns the tokens that may be yielded now. */
  push(id: number, logProbability: number): readonly Token[] {
    const before = this.#kept ? [this.#kept] : [];
    const token = { id, text: this.#detokenizer.push(id), logProbability };
    const isComplete = this.#detokenizer.pending === false;
    this.#kept = isComplete ? undefined : token;
    return isComplete ? [...before, token] : before;
  }

  /** Ends the text, and returns the token that was kept back, if one was. */
  end(): readonly Token[] {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept ? [{ ...kept, text: kept.text + this.#detokenizer.end() }] : [];
  }
}
