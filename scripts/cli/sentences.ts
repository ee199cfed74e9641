import {
  appendEos,
  type Batch,
  bucketByLength,
  type LengthLimitStats,
  limitLength,
  maskPadding,
  type Pipeline,
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
  readonly stats?: LengthLimitStats;
}

/** Batches of sentences, shuffled. */
export function batchesOf(
  sentences: Source<string>,
  tokenizer: Tokenizer,
  { maxTokens, maxLength, seed, stats = { split: 0, truncated: 0, dropped: 0 } }: BatchFlags,
): Pipeline<Batch> {
  return pipeline(
    sentences,
    tokenize(tokenizer),
    appendEos(tokenizer),
    limitLength({ maxLength: Math.min(maxLength, maxTokens), stats }),
    shuffle({ bufferSize: 4096, seed }),
    bucketByLength({ maxTokens }),
    padBatch(),
    maskPadding(),
  );
}
