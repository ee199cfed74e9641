import type { Detokenizer } from '../Tokenizer.js';
import { type NormalizerSpec, PIECE_TYPES } from './modelProto.js';
import type { PieceTable } from './PieceTable.js';
import { takeCharacters } from './utf8.js';

/** What SentencePiece writes for a space. */
export const SPACE_SYMBOL = '▁';

/**
 * Turns ids into text as SentencePiece's own decoder does, one id at a time. Byte pieces wait until they form a
 * character; bytes that cannot become U+FFFD each. Special pieces have no text, and end a run of bytes.
 */
export class PieceDetokenizer implements Detokenizer {
  readonly #pieces: PieceTable;
  readonly #normalizer: NormalizerSpec;
  #bytes: number[] = [];
  /** The text is still empty, so a piece's leading space is the one that encoding put there. */
  #atStart = true;

  constructor(pieces: PieceTable, normalizer: NormalizerSpec) {
    this.#pieces = pieces;
    this.#normalizer = normalizer;
  }

  push(id: number): string {
    const { text, type } = this.#pieces.get(id);
    if (type === PIECE_TYPES.byte) {
      this.#bytes.push(Number(text.slice(1, -1)));
      return this.#emit(takeCharacters(this.#bytes));
    }
    const before = this.end();
    if (type === PIECE_TYPES.control || type === PIECE_TYPES.unknown) return before;
    return before + this.#emit(this.#pieceText(text));
  }

  end(): string {
    const rest = '\ufffd'.repeat(this.#bytes.length);
    this.#bytes = [];
    return this.#emit(rest);
  }

  get pending(): boolean {
    return this.#bytes.length > 0;
  }

  copy(): Detokenizer {
    const copy = new PieceDetokenizer(this.#pieces, this.#normalizer);
    copy.#bytes = [...this.#bytes];
    copy.#atStart = this.#atStart;
    return copy;
  }

  #pieceText(piece: string): string {
    const { addDummyPrefix, removeExtraSpaces } = this.#normalizer;
    const leading = this.#atStart && piece.startsWith(SPACE_SYMBOL);
    if (!leading || !(addDummyPrefix || removeExtraSpaces)) return piece.replaceAll(SPACE_SYMBOL, ' ');
    // Encoding put one space there; where it removes spaces too, no text begins with any.
    if (!removeExtraSpaces) this.#atStart = false;
    return piece.slice(SPACE_SYMBOL.length).replaceAll(SPACE_SYMBOL, ' ');
  }

  #emit(text: string): string {
    if (text !== '') this.#atStart = false;
    return text;
  }
}
