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
  /** Longer sentences are split. */
  readonly maxLength: number;
  readonly seed: number;
  /** Counts what goes through. */
  readonly stats?: PipelineStats;
}

/** Batches of sentences, shuffled. */
export function batchesOf(
  sentences: Source<string>,
  tokenizer: Tokenizer,
  { maxTokens, maxLength, seed, stats = new PipelineStats() }: BatchFlags,
): Pipeline<Batch> {
  return pipeline(
    sentences,
    stats.countSentences(),
    tokenize(tokenizer),
    appendEos(tokenizer),
    limitLength({ maxLength: Math.min(maxLength, maxTokens), stats }),
    shuffle({ bufferSize: 4096, seed }),
    bucketByLength({ maxTokens }),
    padBatch(),
    maskPadding(),
    stats.countBatches(),
  );
}
