import type { Detokenizer, Tokenizer } from '../text/Tokenizer.js';
import type { CheckedDecodingOptions } from './DecodingOptions.js';
import { detokenizerAfter } from './detokenizerAfter.js';
import { type StopSearch, stopSearch } from './stopSearch.js';
import type { Token } from './Token.js';

/** What the texts of tokens depend on. */
export type TextOptions = Pick<CheckedDecodingOptions, 'promptIds'> &
  Partial<Pick<CheckedDecodingOptions, 'stop' | 'omitStop'>>;

/**
 * Makes tokens of generated ids. Their texts join to the text of all ids: what is incomplete at the end, such as the first
 * bytes of a character, belongs to the last token. So a token that may turn out to be the last is kept back while there
 * is such text, until the next one or the end is there.
 *
 * Where the stop string is left out, texts join to what is before it, and tokens are kept back too whose text may belong to one.
 */
export class TokenTexts {
  readonly #detokenizer: Detokenizer;
  readonly #omitStop: boolean;
  #search: StopSearch;
  #kept: Token[] = [];
  /** How long the text is, and that of the tokens that were not kept back. */
  #length = 0;
  #given = 0;

  constructor(tokenizer: Tokenizer, { promptIds, stop = [], omitStop = false }: TextOptions) {
    this.#detokenizer = detokenizerAfter(tokenizer, promptIds);
    this.#search = stopSearch(stop);
    this.#omitStop = omitStop;
  }

  /** Whether the text holds a stop string: the latest id completed the sentence. */
  get stopped(): boolean {
    return this.#search.start !== undefined;
  }

  /** Takes the next id, and returns the tokens that may be yielded now. */
  push(id: number, logProbability: number): readonly Token[] {
    const text = this.#detokenizer.push(id);
    this.#search = this.#search.after(text);
    this.#kept.push({ id, text, logProbability });
    this.#length += text.length;
    if (this.#omitStop && this.stopped) return [];
    const certain = this.#omitStop ? this.#length - this.#search.open : this.#length;
    const most = this.#kept.length - (this.#detokenizer.pending === false ? 0 : 1);
    let count = 0;
    for (; count < most; count++) {
      const end = this.#given + (this.#kept[count] as Token).text.length;
      if (end > certain) break;
      this.#given = end;
    }
    return this.#kept.splice(0, count);
  }

  /** Ends the text, and returns the tokens that were kept back. */
  end(): readonly Token[] {
    const last = this.#kept.pop();
    if (!last) return [];
    const rest = this.#detokenizer.end();
    this.#search = this.#search.after(rest);
    const limit = (this.#omitStop ? this.#search.start : undefined) ?? Infinity;
    return [...this.#kept.splice(0), { ...last, text: last.text + rest }].map((token) => {
      const text = token.text.slice(0, Math.max(0, limit - this.#given));
      this.#given += token.text.length;
      return { ...token, text };
    });
  }
}
