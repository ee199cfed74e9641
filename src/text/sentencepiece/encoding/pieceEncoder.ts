import { FileFormatError } from '../../../errors.js';
import { MODEL_TYPES, type ModelProto } from '../modelProto.js';
import type { PieceEncoder } from '../SentencePieceModel.js';
import { bpe } from './bpe.js';
import { Normalizer } from './Normalizer.js';
import type { Split } from './Segment.js';
import { unigram } from './unigram.js';
import { Vocabulary } from './Vocabulary.js';
import { characters, words } from './words.js';

/**
 * Gives texts the ids of a model, as SentencePiece does, in plain code: nothing of Node.js, no WebAssembly.
 * @throws {FileFormatError} when SentencePiece does not take the model; `name` says what it is.
 */
export function pieceEncoder(model: ModelProto, name: string): PieceEncoder {
  try {
    return encoderOf(model);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FileFormatError(`Expected ${name} to be a SentencePiece model, got ${error.message}`, { cause: error });
  }
}

function encoderOf(model: ModelProto): PieceEncoder {
  const vocabulary = new Vocabulary(model);
  const normalizer = new Normalizer(model.normalizer, model.trainer, vocabulary);
  const split = splitOf(model, vocabulary);
  const { unknownId, byteIds } = vocabulary;
  return {
    encode(text) {
      const bytes = normalizer.normalize(text);
      const ids: number[] = [];
      for (const { id, start, end } of split(bytes)) {
        if (id !== unknownId) ids.push(id);
        else if (byteIds) for (const byte of bytes.subarray(start, end)) ids.push(byteIds[byte] ?? unknownId);
        // Of unknown characters side by side it makes one id.
        else if (ids.at(-1) !== unknownId) ids.push(id);
      }
      return ids;
    },
  };
}

function splitOf({ trainer }: ModelProto, vocabulary: Vocabulary): Split {
  if (trainer.modelType === MODEL_TYPES.bpe) return bpe(vocabulary);
  if (trainer.modelType === MODEL_TYPES.word) return words(vocabulary);
  if (trainer.modelType === MODEL_TYPES.character) return characters(vocabulary);
  return unigram(vocabulary);
}
