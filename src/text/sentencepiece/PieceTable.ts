import { FileFormatError, invalid } from '../../errors.js';
import { PAD_ID } from '../Tokenizer.js';
import { type ModelProto, PIECE_TYPES, type Piece } from './modelProto.js';

const PAD: Piece = { text: '<pad>', score: 0, type: PIECE_TYPES.control };

/**
 * The pieces of a model by our ids. Where the model's id 0 is its pad, as in the models that we train, our ids are the
 * model's. Else, as in models that were trained with Google's defaults (unknown 0, BOS 1, EOS 2, no pad), our pad comes
 * first, and each of our ids is the model's + 1.
 */
export class PieceTable {
  readonly size: number;
  readonly eosId: number;
  readonly unknownId: number;
  /** Our id − the model's id. */
  readonly shift: number;
  readonly #pieces: readonly Piece[];
  #characters: ReadonlySet<string> | undefined;

  /** @throws {FileFormatError} when the model has no EOS; `name` says what it is. */
  constructor({ pieces, trainer }: ModelProto, name: string) {
    const [first] = pieces;
    const hasPad = first?.text === trainer.padPiece && first.type === PIECE_TYPES.control;
    this.shift = hasPad ? 0 : 1;
    this.#pieces = hasPad ? pieces : [PAD, ...pieces];
    this.size = this.#pieces.length;
    this.eosId = this.#pieces.findIndex(({ text, type }) => text === trainer.eosPiece && type === PIECE_TYPES.control);
    this.unknownId = this.#pieces.findIndex(({ type }) => type === PIECE_TYPES.unknown);
    if (this.eosId < 0)
      throw new FileFormatError(
        `Expected ${name} to have an end of sentence, a control piece ${trainer.eosPiece}, got none. Train it with one (Google's trainer: --eos_id)`,
      );
    if (this.unknownId < 0) throw new FileFormatError(`Expected ${name} to have an unknown piece, got none`);
  }

  /** The characters of all pieces. */
  get characters(): ReadonlySet<string> {
    this.#characters ??= new Set(this.#pieces.flatMap(({ text }) => Array.from(text)));
    return this.#characters;
  }

  /** @throws {InvalidArgumentError} when the id is out of range. */
  get(id: number): Piece {
    const piece = this.#pieces[id];
    if (piece === undefined) throw invalid('a token id', `an integer from ${PAD_ID} to ${this.size - 1}`, id);
    return piece;
  }
}
