// What a page needs to read a saved model and decode: no Node.js, not even later, and no TensorFlow. What few need is loaded when it is asked for.
export * from './decoding.js';
export { BackendError, EncodingError, FileFormatError } from './errors.js';
export * from './inference.js';
export { CharacterTokenizer, type CharacterVocabularyOptions } from './text/CharacterTokenizer.js';
export { loadPieceTokenizer } from './text/loadPieceTokenizer.js';
export { loadSentenceSplitter } from './text/loadSentenceSplitter.js';
export type { PieceTokenizer } from './text/PieceTokenizer.js';
export { restoreTokenizer as tokenizerFromJSON } from './text/restoreTokenizer.js';
export type { SentenceOptions, SentenceSplitter } from './text/SentenceSplitter.js';
export type { TextChunk, TextPiece } from './text/TextChunk.js';
export {
  type Detokenizer,
  type IncrementalEncoder,
  PAD_ID,
  type TokenIds,
  type Tokenizer,
  type TokenizerJSON,
} from './text/Tokenizer.js';
export { unknownCharacters } from './text/unknownCharacters.js';
export type { LineBreaks } from './text/WhiteSpaceFolder.js';
