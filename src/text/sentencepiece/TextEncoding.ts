import type { IncrementalEncoder, TokenIds } from '../Tokenizer.js';
import { lastCut, MAX_LENGTH, tooLong } from './cutText.js';
import type { SentencePieceModel } from './SentencePieceModel.js';

/** Encodes a text that comes in chunks: what stands behind the last place where the text may be cut waits for the next chunk. */
export class TextEncoding implements IncrementalEncoder {
  readonly #model: SentencePieceModel;
  #held = '';

  /** The model keeps white space. */
  constructor(model: SentencePieceModel) {
    this.#model = model;
  }

  /** @throws {InvalidArgumentError} when more than a million characters come without a place where they can be cut. */
  push(chunk: string): TokenIds {
    const text = this.#held + chunk;
    // What was held had no cut, but at its last character, which had nothing behind it.
    const cut = lastCut(text, this.#held.length - 1, this.#model.cutRules);
    this.#held = text.slice(cut);
    if (this.#held.length > MAX_LENGTH) throw tooLong(this.#held.length);
    return this.#model.encode(text.slice(0, cut)) as TokenIds;
  }

  end(): TokenIds {
    const rest = this.#held;
    this.#held = '';
    return this.#model.encode(rest) as TokenIds;
  }
}
