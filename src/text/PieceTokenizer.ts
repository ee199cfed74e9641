import { describe, FileFormatError, InvalidArgumentError, invalid } from '../errors.js';
import { fromBase64, toBase64 } from './base64.js';
import { SENTENCEPIECE } from './restoreTokenizer.js';
import { pieceEncoder } from './sentencepiece/encoding/pieceEncoder.js';
import { PieceDetokenizer } from './sentencepiece/PieceDetokenizer.js';
import { SentencePieceModel } from './sentencepiece/SentencePieceModel.js';
import { TextEncoding } from './sentencepiece/TextEncoding.js';
import type { Detokenizer, IncrementalEncoder, TokenIds, Tokenizer, TokenizerJSON } from './Tokenizer.js';

/**
 * Tokens are pieces of words, as a model of SentencePiece has them. Spaces at a text's ends, and all but one between words, are lost; what else
 * happens to a text before it is split is up to the model, and those that `SentencePieceTokenizer.train` makes change nothing else. Half a
 * surrogate pair becomes U+FFFD. A model that was trained with `keepWhiteSpace` loses nothing (but that `▁` itself is a space): it is for text
 * that goes on.
 *
 *     const tokenizer = await PieceTokenizer.load(new Uint8Array(await file.arrayBuffer()));
 *     tokenizer.encode('We will');   // perhaps 2 ids, of ▁We and ▁will
 *
 * This one needs nothing of Node.js, and encodes in plain code; `SentencePieceTokenizer` gives the same ids. Pad is 0; EOS and unknown are where
 * the model has them. A model whose id 0 is not its pad is used too: all its ids are then 1 higher here than in SentencePiece's own programs.
 */
export class PieceTokenizer implements Tokenizer {
  /** How saved tokenizers of this kind are told from others. */
  static readonly type = SENTENCEPIECE;
  readonly eosId: number;
  readonly unknownId: number;
  readonly vocabularySize: number;
  readonly #model: SentencePieceModel;

  protected constructor(model: SentencePieceModel) {
    this.#model = model;
    ({ eosId: this.eosId, unknownId: this.unknownId, size: this.vocabularySize } = model.pieces);
  }

  /**
   * Loads a model file, from its bytes.
   * @throws {InvalidArgumentError} when they are none.
   * @throws {FileFormatError} when it is damaged or no SentencePiece model, or has no EOS.
   */
  static async load(model: Uint8Array): Promise<PieceTokenizer> {
    if (!(model instanceof Uint8Array)) throw invalid('model', 'the bytes of a SentencePiece model', model);
    return new PieceTokenizer(new SentencePieceModel(model, 'the bytes', pieceEncoder));
  }

  /** Restores what `toJSON` gave. Throws `FileFormatError` on anything else. */
  static async fromJSON(json: TokenizerJSON): Promise<PieceTokenizer> {
    const [bytes, name] = savedPieces(json);
    return new PieceTokenizer(new SentencePieceModel(bytes, name, pieceEncoder));
  }

  /** The model file. */
  get bytes(): Uint8Array {
    return this.#model.bytes.slice();
  }

  /**
   * The text of a piece, `▁` for a space.
   * @throws {InvalidArgumentError} when the id is out of range.
   */
  piece(id: number): string {
    return this.#model.pieces.get(id).text;
  }

  /** @throws {InvalidArgumentError} when a text has more than a million characters without a space. */
  encode(text: string): TokenIds {
    return this.#model.encode(text) as TokenIds;
  }

  /**
   * An encoder for text that goes on.
   * @throws {InvalidArgumentError} when the model drops white space or line ends; one that was trained with `keepWhiteSpace` does not.
   */
  encoder(): IncrementalEncoder {
    if (!this.#model.keepsWhiteSpace)
      throw new InvalidArgumentError(
        'Expected a tokenizer that keeps white space and line ends, for text that goes on, got a SentencePiece model that drops them: train one with keepWhiteSpace',
        { options: ['tokenizer'] },
      );
    return new TextEncoding(this.#model);
  }

  decode(ids: ArrayLike<number>): string {
    const detokenizer = this.detokenizer();
    const parts = Array.from(ids, (id) => detokenizer.push(id));
    return parts.join('') + detokenizer.end();
  }

  detokenizer(): Detokenizer {
    return new PieceDetokenizer(this.#model.pieces, this.#model.normalizer);
  }

  characterCount(ids: ArrayLike<number>): number {
    const others = Array.from(ids).filter((id) => id === this.eosId || id === this.unknownId);
    return Array.from(this.decode(ids)).length + others.length;
  }

  toJSON(): TokenizerJSON {
    return { type: PieceTokenizer.type, model: toBase64(this.#model.bytes) };
  }
}

/**
 * The model file in what `toJSON` gave, and what errors call it.
 * @throws {FileFormatError} when it holds none.
 */
export function savedPieces(json: TokenizerJSON): [bytes: Uint8Array, name: string] {
  const model = json?.['model'];
  const name = 'the saved model';
  if (json?.type !== PieceTokenizer.type || typeof model !== 'string')
    throw new FileFormatError(
      `Expected a saved SentencePiece tokenizer { type: "sentencepiece", model: string }, got type ${describe(json?.type)} and model of type ${typeof model}`,
    );
  const bytes = fromBase64(model);
  if (!bytes)
    throw new FileFormatError(
      `Expected ${name} to be a SentencePiece model, got ${describe(model)}, which is no base64`,
    );
  return [bytes, name];
}
