import { checkIterable, checkNumber, checkString, describe, FileFormatError, invalid } from '../errors.js';
import { pieceOf, type TextChunk } from './TextChunk.js';
import {
  type Detokenizer,
  type IncrementalEncoder,
  PAD_ID,
  type TokenIds,
  type Tokenizer,
  type TokenizerJSON,
} from './Tokenizer.js';

const EOS_ID = 1;
const UNKNOWN_ID = 2;
const SPECIALS = 3;

/** Options of `CharacterTokenizer.fromStream`. */
export interface CharacterVocabularyOptions {
  /** Characters that occur less often become unknown. Default 1: every character has an id. */
  minCount?: number | undefined;
}

/**
 * Tokens are characters: Unicode code points, never UTF-16 halves. Ids: pad 0, EOS 1, unknown 2, then the characters in
 * code point order. The null character is the pad and lone surrogates are no characters: in a text, both are unknown.
 *
 *     const tokenizer = await CharacterTokenizer.fromStream(readText('speech.txt'));
 *     tokenizer.encode('We will').length;   // 7
 */
export class CharacterTokenizer implements Tokenizer {
  /** How saved tokenizers of this kind are told from others. */
  static readonly type = 'characters';
  readonly eosId = EOS_ID;
  readonly unknownId = UNKNOWN_ID;
  readonly vocabularySize: number;
  readonly #characters: readonly string[];
  /** From code point to id; 0 where the vocabulary has none. */
  readonly #ids: Int32Array;

  /**
   * A tokenizer for the distinct characters of a text.
   * @throws {InvalidArgumentError} when it is no string.
   */
  constructor(characters: string) {
    const codePoints = [...new Set(codePointsOf(checkString('characters', characters)))].sort((a, b) => a - b);
    this.#characters = codePoints.map((codePoint) => String.fromCodePoint(codePoint));
    this.#ids = new Int32Array((codePoints.at(-1) ?? 0) + 1);
    codePoints.forEach((codePoint, index) => {
      this.#ids[codePoint] = SPECIALS + index;
    });
    this.vocabularySize = SPECIALS + codePoints.length;
  }

  /**
   * Builds the vocabulary from a stream of text, or of documents in pieces, cut anywhere between two characters.
   * @throws {InvalidArgumentError} when `minCount` is not a positive integer, or `text` no stream of strings; a string, such
   *   as a path, is none.
   */
  static async fromStream(
    text: AsyncIterable<TextChunk> | (Iterable<TextChunk> & object),
    { minCount = 1 }: CharacterVocabularyOptions = {},
  ): Promise<CharacterTokenizer> {
    checkNumber('minCount', minCount, { integer: true, min: 1 });
    checkIterable('text', 'a stream of text, such as readText(path)', text);
    const counts = new Map<number, number>();
    for await (const chunk of text) {
      for (const codePoint of codePointsOf(pieceOf(chunk)?.text ?? checkString('a chunk of text', chunk)))
        counts.set(codePoint, (counts.get(codePoint) ?? 0) + 1);
    }
    const kept = [...counts].filter(([, count]) => count >= minCount);
    return new CharacterTokenizer(kept.map(([codePoint]) => String.fromCodePoint(codePoint)).join(''));
  }

  /** Restores what `toJSON` gave. Throws `FileFormatError` on anything else. */
  static fromJSON(json: TokenizerJSON): CharacterTokenizer {
    const characters = json?.['characters'];
    if (json?.type !== CharacterTokenizer.type || typeof characters !== 'string')
      throw new FileFormatError(
        `Expected a saved character tokenizer { type: "characters", characters: string }, got type ${describe(json?.type)} and characters of type ${typeof characters}`,
      );
    return new CharacterTokenizer(characters);
  }

  /** The characters that have ids, in the order of these. */
  get characters(): string {
    return this.#characters.join('');
  }

  encode(text: string): TokenIds {
    const ids = new Int32Array(text.length);
    let length = 0;
    for (let at = 0; at < text.length; at++) {
      const codePoint = text.codePointAt(at) ?? 0;
      if (codePoint > 0xffff) at++;
      ids[length++] = this.#ids[codePoint] || UNKNOWN_ID;
    }
    return ids.subarray(0, length) as TokenIds;
  }

  encoder(): IncrementalEncoder {
    /** The first half of a character whose second half is in the next chunk. */
    let half = '';
    return {
      push: (chunk) => {
        const text = half + chunk;
        half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? '';
        return this.encode(text.slice(0, text.length - half.length));
      },
      end: () => {
        const rest = half;
        half = '';
        return this.encode(rest);
      },
    };
  }

  decode(ids: ArrayLike<number>): string {
    return Array.from(ids, (id) => this.#text(id)).join('');
  }

  detokenizer(): Detokenizer {
    const detokenizer: Detokenizer = {
      push: (id) => this.#text(id),
      end: () => '',
      pending: false,
      copy: () => detokenizer,
    };
    return detokenizer;
  }

  characterCount(ids: ArrayLike<number>): number {
    return ids.length;
  }

  toJSON(): TokenizerJSON {
    return { type: CharacterTokenizer.type, characters: this.characters };
  }

  #text(id: number): string {
    if (id === PAD_ID || id === EOS_ID || id === UNKNOWN_ID) return '';
    const character = this.#characters[id - SPECIALS];
    if (character === undefined) throw invalid('a token id', `an integer from 0 to ${this.vocabularySize - 1}`, id);
    return character;
  }
}

/** The code points that may be tokens: neither null nor half a character. */
function* codePointsOf(text: string): Generator<number> {
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    if (codePoint !== 0 && (codePoint < 0xd800 || codePoint > 0xdfff)) yield codePoint;
  }
}
