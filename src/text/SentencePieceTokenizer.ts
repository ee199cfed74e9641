import { readFile } from 'node:fs/promises';
import { FileFormatError, invalid } from '../errors.js';
import { writeWhole } from '../files/writeWhole.js';
import { PieceTokenizer, savedPieces } from './PieceTokenizer.js';
import { SentencePieceModel } from './sentencepiece/SentencePieceModel.js';
import type { SentencePieceOptions } from './sentencepiece/training/options.js';
import { wasmEncoder } from './sentencepiece/wasmEncoder.js';
import type { TextChunk } from './TextChunk.js';
import type { TokenizerJSON } from './Tokenizer.js';

/**
 * A `PieceTokenizer` that encodes with Google's SentencePiece, as WebAssembly, reads and writes its model files, and learns such models from text.
 *
 *     const tokenizer = await SentencePieceTokenizer.train(sentences, { vocabularySize: 2000 });
 *     tokenizer.encode('We will');   // perhaps 2 ids, of ▁We and ▁will
 *     await tokenizer.save('speech.model');
 */
export class SentencePieceTokenizer extends PieceTokenizer {
  /**
   * Loads a model file, from its path or its bytes.
   * @throws {FileFormatError} when it cannot be read, is damaged or no SentencePiece model, or has no EOS.
   */
  static override async load(model: string | URL | Uint8Array): Promise<SentencePieceTokenizer> {
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
    // Loading a tokenizer does not load the code that learns one.
    const { trainModel } = await import('./sentencepiece/training/trainModel.js');
    return SentencePieceTokenizer.#load(await trainModel(sentences, options), 'the model');
  }

  /** Restores what `toJSON` gave. Throws `FileFormatError` on anything else. */
  static override async fromJSON(json: TokenizerJSON): Promise<SentencePieceTokenizer> {
    return SentencePieceTokenizer.#load(...savedPieces(json));
  }

  static async #load(bytes: Uint8Array, name: string): Promise<SentencePieceTokenizer> {
    return new SentencePieceTokenizer(new SentencePieceModel(bytes, name, await wasmEncoder()));
  }

  /**
   * Writes the model file, whole or not at all. SentencePiece's other programs read it.
   * @throws {InvalidArgumentError} when the path is none.
   * @throws {FileWriteError} when it cannot be written; what was there still is.
   */
  async save(path: string): Promise<void> {
    writeWhole(path, this.bytes);
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
