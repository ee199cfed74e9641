export {
  BabblebrookError,
  type BabblebrookErrorOptions,
  EncodingError,
  FileFormatError,
  FileWriteError,
  InvalidArgumentError,
} from './errors.js';
export { CharacterTokenizer, type CharacterVocabularyOptions } from './text/CharacterTokenizer.js';
export { PieceTokenizer } from './text/PieceTokenizer.js';
export { SentencePieceTokenizer } from './text/SentencePieceTokenizer.js';
export { type SentenceOptions, SentenceSplitter } from './text/SentenceSplitter.js';
export type { SentencePieceOptions, SentencePieceProgress } from './text/sentencepiece/training/options.js';
export type { TextChunk, TextPiece } from './text/TextChunk.js';
export {
  type Detokenizer,
  type IncrementalEncoder,
  PAD_ID,
  type Sequence,
  type TextIds,
  type TokenIds,
  type Tokenizer,
  type TokenizerJSON,
} from './text/Tokenizer.js';
export { tokenizerFromJSON } from './text/tokenizerFromJSON.js';
export { unknownCharacters } from './text/unknownCharacters.js';
export type { LineBreaks } from './text/WhiteSpaceFolder.js';
