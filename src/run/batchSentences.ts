import { DEFAULT_MAX_TOKENS } from '../defaults.js';
import { invalid } from '../errors.js';
import { appendEos } from '../pipeline/appendEos.js';
import type { Batch } from '../pipeline/Batch.js';
import { bucketByLength } from '../pipeline/bucketByLength.js';
import { limitLength } from '../pipeline/limitLength.js';
import { maskPadding } from '../pipeline/maskPadding.js';
import { PipelineStats } from '../pipeline/PipelineStats.js';
import { padBatch } from '../pipeline/padBatch.js';
import { type Pipeline, pipeline } from '../pipeline/pipeline.js';
import type { Source } from '../pipeline/Source.js';
import { shuffle } from '../pipeline/shuffle.js';
import { tokenize } from '../pipeline/tokenize.js';
import type { Tokenizer } from '../text/Tokenizer.js';

const SHUFFLE_BUFFER = 4096;

/** Options of `batchSentences`. */
export interface BatchingOptions {
  /** Tokens in a batch, padding counted. Default 6,400. */
  readonly maxTokens?: number | undefined;
  /** Longer sentences are split, in tokens. Default: none is, and one of more than `maxTokens` is a batch of its own. */
  readonly maxLength?: number | undefined;
  /** Of the order of the sentences. Default 1. */
  readonly seed?: number | undefined;
  /** Counts what goes through. */
  readonly stats?: PipelineStats | undefined;
}

/**
 * Batches of sentences: tokens, EOS appended, shuffled, in groups of similar length, padded, with a mask.
 * @throws {InvalidArgumentError} when an option cannot be used.
 */
export function batchSentences(
  sentences: Source<string>,
  tokenizer: Tokenizer,
  {
    maxTokens = DEFAULT_MAX_TOKENS,
    maxLength = Number.MAX_SAFE_INTEGER,
    seed = 1,
    stats = new PipelineStats(),
  }: BatchingOptions = {},
): Pipeline<Batch> {
  if (!(stats instanceof PipelineStats)) throw invalid('stats', 'a PipelineStats', stats);
  return pipeline(
    sentences,
    stats.countSentences(),
    tokenize(tokenizer),
    appendEos(tokenizer),
    limitLength({ maxLength, stats }),
    shuffle({ bufferSize: SHUFFLE_BUFFER, seed }),
    bucketByLength({ maxTokens, onLong: 'alone' }),
    padBatch(),
    maskPadding(),
    stats.countBatches(),
  );
}
