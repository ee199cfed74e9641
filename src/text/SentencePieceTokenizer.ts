import { readFile } from 'node:fs/promises';
import { describe, FileFormatError, InvalidArgumentError, invalid } from '../errors.js';
import { writeWhole } from '../files/writeWhole.js';
import { PieceDetokenizer } from './sentencepiece/PieceDetokenizer.js';
import { SentencePieceModel } from './sentencepiece/SentencePieceModel.js';
import { TextEncoding } from './sentencepiece/TextEncoding.js';
import type { SentencePieceOptions } from './sentencepiece/training/options.js';
import type { TextChunk } from './TextChunk.js';
import type { Detokenizer, IncrementalEncoder, TokenIds, Tokenizer, TokenizerJSON } from './Tokenizer.js';

/**
 * Tokens are pieces of words, learned from text: Google's SentencePiece, as WebAssembly. Model files are those of its
 * other programs. Spaces at a text's ends, and all but one between words, are lost; what else happens to a text before
 * it is split is up to the model, and those that `train` makes change nothing else. Half a surrogate pair becomes
 * U+FFFD. A model that was trained with `keepWhiteSpace` loses nothing (but that `▁` itself is a space): it is for text that goes on.
 *
 *     const tokenizer = await SentencePieceTokenizer.train(sentences, { vocabularySize: 2000 });
 *     tokenizer.encode('We will');   // perhaps 2 ids, of ▁We and ▁will
 *     await tokenizer.save('speech.model');
 *
 * Pad is 0; EOS and unknown are where the model has them. A model whose id 0 is not its pad is used too: all its ids
 * are then 1 higher here than in SentencePiece's own programs.
 */
export class SentencePieceTokenizer implements Tokenizer {
  /** How saved tokenizers of this kind are told from others. */
  static readonly type = 'sentencepiece';
  readonly eosId: number;
  readonly unknownId: number;
  readonly vocabularySize: number;
  readonly #model: SentencePieceModel;

  private constructor(model: SentencePieceModel) {
    this.#model = model;
    ({ eosId: this.eosId, unknownId: this.unknownId, size: this.vocabularySize } = model.pieces);
  }

  /**
   * Loads a model file, from its path or its bytes.
   * @throws {FileFormatError} when it cannot be read, is damaged or no SentencePiece model, or has no EOS.
   */
  static async load(model: string | URL | Uint8Array): Promise<SentencePieceTokenizer> {
    if (model instanceof Uint8Array) return SentencePieceTokenizer.#load(model, 'the bytes');
    if (!(typeof model === 'string' || model instanceof URL))
      throw invalid('model', 'the path or the bytes of a SentencePiece model', model);
    return SentencePieceTokenizer.#load(await read(model), String(model));
  }

  /**
   * Learns a vocabulary from sentences. The same sentences and options give the same model, byte for byte. With `keepWhiteSpace`
   * it learns from text that goes on, in chunks cut anywhere: how it is cut makes no difference.
   *
   * Time and memory grow with the number of different words: 8,000 pieces of 5 MB of English take about 3 seconds and
   * 250 MB; of text that has no spaces between words, 5 seconds and 650 MB.
   * @throws {InvalidArgumentError} when an option cannot be used, or `vocabularySize` is too small for the characters
   *   of the text or too large for its words; or when a sentence has more than a million characters without a space, which
   *   could not be encoded.
   * @throws {SourceError} when there is no text. Rejects with the signal's reason when that is aborted.
   */
  static async train(
    sentences: AsyncIterable<TextChunk> | Iterable<TextChunk>,
    options: SentencePieceOptions,
  ): Promise<SentencePieceTokenizer> {
    // Whoever loads a tokenizer need not load what learns one.
    const { trainModel } = await import('./sentencepiece/training/trainModel.js');
    return SentencePieceTokenizer.#load(await trainModel(sentences, options), 'the model');
  }

  /** Restores what `toJSON` gave. Throws `FileFormatError` on anything else. */
  static async fromJSON(json: TokenizerJSON): Promise<SentencePieceTokenizer> {
    const model = json?.['model'];
    if (json?.type !== SentencePieceTokenizer.type || typeof model !== 'string')
      throw new FileFormatError(
        `Expected a saved SentencePiece tokenizer { type: "sentencepiece", model: string }, got type ${describe(json?.type)} and model of type ${typeof model}`,
      );
    return SentencePieceTokenizer.#load(Buffer.from(model, 'base64'), 'the saved model');
  }

  static async #load(bytes: Uint8Array, name: string): Promise<SentencePieceTokenizer> {
    return new SentencePieceTokenizer(await SentencePieceModel.load(bytes, name));
  }

  /** The model file. */
  get bytes(): Uint8Array {
    return this.#model.bytes.slice();
  }

  /**
   * Writes the model file, whole or not at all. SentencePiece's other programs read it.
   * @throws {InvalidArgumentError} when the path is none.
   * @throws {FileWriteError} when it cannot be written; what was there still is.
   */
  async save(path: string): Promise<void> {
    writeWhole(path, this.#model.bytes);
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
    return { type: SentencePieceTokenizer.type, model: Buffer.from(this.#model.bytes).toString('base64') };
  }
}

async function read(path: string | URL): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new FileFormatError(`Expected ${path} to be a SentencePiece model: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
