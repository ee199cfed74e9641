import {
  appendEos,
  type Batch,
  bucketByLength,
  limitLength,
  maskPadding,
  type Pipeline,
  PipelineStats,
  padBatch,
  pipeline,
  readText,
  type Source,
  shuffle,
  splitLines,
  splitSentences,
  type Tokenizer,
  tokenize,
} from '../../src/index.js';

/** The sentences of text files: as a line each, or as punctuation ends them. */
export function sentencesOf(files: readonly string[], sentencePerLine: boolean): Pipeline<string> {
  return pipeline(readText(files), sentencePerLine ? splitLines() : splitSentences());
}

/** How `batchesOf` makes batches. */
export interface BatchFlags {
  /** Tokens in a batch, padding counted. */
  readonly maxTokens: number;
  /** Longer sentences are split. Default: none is, and one of more than `maxTokens` is a batch of its own. */
  readonly maxLength?: number;
  readonly seed: number;
  /** Counts what goes through. */
  readonly stats?: PipelineStats;
}

/** Batches of sentences, shuffled. */
export function batchesOf(
  sentences: Source<string>,
  tokenizer: Tokenizer,
  { maxTokens, maxLength = Number.MAX_SAFE_INTEGER, seed, stats = new PipelineStats() }: BatchFlags,
): Pipeline<Batch> {
  return pipeline(
    sentences,
    stats.countSentences(),
    tokenize(tokenizer),
    appendEos(tokenizer),
    limitLength({ maxLength, stats }),
    shuffle({ bufferSize: 4096, seed }),
    bucketByLength({ maxTokens, onLong: 'alone' }),
    padBatch(),
    maskPadding(),
    stats.countBatches(),
  );
}
