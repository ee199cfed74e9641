export {
  AsynchronousOperatorError,
  BabblebrookError,
  type BabblebrookErrorOptions,
  EncodingError,
  FileWriteError,
  InvalidArgumentError,
  SourceChangedError,
  SourceError,
  SourceFormatError,
  type SourcePlace,
} from './errors.js';
export { appendEos } from './pipeline/appendEos.js';
export type { Batch, ContinuousBatch, EpochBatch, PaddedBatch, SequenceGroup } from './pipeline/Batch.js';
export { batchWindows, type WindowOptions } from './pipeline/batchWindows.js';
export { type BucketOptions, bucketByLength } from './pipeline/bucketByLength.js';
export { type DuplicateOptions, type DuplicateStats, dropDuplicates } from './pipeline/dropDuplicates.js';
export { type EpochsOptions, epochs } from './pipeline/epochs.js';
export { type HoldOutOptions, holdOut, holdOutPlace } from './pipeline/holdOut.js';
export { type HoldOutEndsOptions, holdOutEnds } from './pipeline/holdOutEnds.js';
export { type LengthLimitOptions, type LengthLimitStats, limitLength } from './pipeline/limitLength.js';
export { maskPadding } from './pipeline/maskPadding.js';
export type { TextSource } from './pipeline/openText.js';
export { type PipelineReport, PipelineStats } from './pipeline/PipelineStats.js';
export { padBatch } from './pipeline/padBatch.js';
export { Pipeline, pipeline } from './pipeline/pipeline.js';
export { type DocumentChunk, readDocuments } from './pipeline/readDocuments.js';
export { type JsonLinesOptions, readJsonLines } from './pipeline/readJsonLines.js';
export { readText } from './pipeline/readText.js';
export type { Source } from './pipeline/Source.js';
export { sequencesOf } from './pipeline/sequencesOf.js';
export { type ShuffleOptions, shuffle } from './pipeline/shuffle.js';
export { splitLines } from './pipeline/splitLines.js';
export { splitSentences } from './pipeline/splitSentences.js';
export { type SpooledText, type SpoolOptions, spool } from './pipeline/spool.js';
export { tokenize } from './pipeline/tokenize.js';
export { tokenizeText } from './pipeline/tokenizeText.js';
export { type Random, random } from './random.js';
export { type BatchingOptions, batchSentences } from './run/batchSentences.js';
export type { MakeTokenizer, PiecesToLearn, WantedTokenizer } from './run/makeTokenizer.js';
export type { BatchesSize } from './run/measureBatches.js';
export { passagesOf } from './run/passagesOf.js';
export {
  type ContinuousTextOptions,
  type PreparedContinuousText,
  prepareContinuousText,
} from './run/prepareContinuousText.js';
export {
  type PreparedSize,
  type PreparedText,
  prepareText,
  type TextOptions,
} from './run/prepareText.js';
export { readSentences, type SentenceReading } from './run/readSentences.js';
export type { ByteParts, ByteSource } from './sources/ByteSource.js';
export type { Format } from './sources/Format.js';
export { registerFormat } from './sources/formats.js';
export type { RecordOptions, RecordStats } from './sources/RecordOptions.js';
export type { SourceRecord } from './sources/SourceRecord.js';
