declare const idsBrand: unique symbol;

/** The ids of one sentence, without EOS. */
export type TokenIds = Int32Array & { readonly [idsBrand]: 'ids' };

/**
 * The ids of one sentence, EOS at its end (or, where `limitLength` cut, of a part of one). Made by `appendEos`, which
 * takes `TokenIds`: appending twice does not compile.
 */
export type Sequence = Int32Array & { readonly [idsBrand]: 'sequence' };

/** The ids of a stretch of text that goes on, EOS where a document ends. Made by `tokenizeText`. */
export type TextIds = Int32Array & { readonly [idsBrand]: 'text' };

/** The pad id of every tokenizer: 0, the null character. Pad is never generated. */
export const PAD_ID = 0;

/**
 * Text ↔ token ids. `CharacterTokenizer` is one, `SentencePieceTokenizer` another, and so is anything with these members;
 * whoever loads a model that has one of the latter gives it to `LanguageModel.load`.
 */
export interface Tokenizer {
  /** The number of ids: they run from 0 to `vocabularySize − 1`. */
  readonly vocabularySize: number;
  /** Id of the end of a sentence. The model reads it to begin a sentence. */
  readonly eosId: number;
  /** Id of whatever the vocabulary lacks. It is never generated. */
  readonly unknownId: number;
  /** The ids of a text. */
  encode(text: string): TokenIds;
  /** The text of ids; special ids have none. Throws `InvalidArgumentError` on an id out of range. */
  decode(ids: ArrayLike<number>): string;
  /**
   * An encoder for text that goes on, which loses nothing: white space and line ends are tokens. A tokenizer without this member
   * is for sentences alone.
   * @throws {InvalidArgumentError} where this tokenizer drops white space.
   */
  encoder?(): IncrementalEncoder;
  /** A decoder that takes one id at a time, for streams. */
  detokenizer(): Detokenizer;
  /** How many characters (code points) these ids stand for; an unknown token and EOS count as one each. */
  characterCount(ids: ArrayLike<number>): number;
  /** The tokenizer as plain data: `JSON.stringify` it, and give it back to `tokenizerFromJSON`. */
  toJSON(): TokenizerJSON;
}

/** Turns text into ids chunk by chunk: however the text is cut, the ids together are those of the whole. */
export interface IncrementalEncoder {
  /** Takes the next chunk, and returns the ids that no later text can change. */
  push(chunk: string): TokenIds;
  /** Returns the ids of what is left at the end of the text. */
  end(): TokenIds;
}

/** Turns ids into text one at a time. */
export interface Detokenizer {
  /** Takes the next id and returns the text that is now complete: `''` while a character lacks parts. */
  push(id: number): string;
  /** Returns what is left at the end of the stream. */
  end(): string;
  /**
   * Whether `end` would return text now. A decoder keeps a token back while this holds, for the text to have a token to
   * come with; one without this member makes every token wait for the next.
   */
  readonly pending?: boolean | undefined;
  /**
   * Another one that goes on from here. A search asks each hypothesis for one while it looks for stop strings; without this member, it
   * decodes the whole text again for each token.
   */
  copy?(): Detokenizer;
}

/** A tokenizer as it is saved; `type` says which. */
export interface TokenizerJSON {
  /** Which tokenizer restores it. */
  readonly type: string;
  readonly [property: string]: unknown;
}
