import { checkNumber, checkOneOf, invalid } from '../../../errors.js';

/** Options of `SentencePieceTokenizer.train`. */
export interface SentencePieceOptions {
  /** The number of ids: pad, EOS, unknown, bytes if there are any, and pieces. */
  vocabularySize: number;
  /**
   * How words are split: `unigram` (default) takes the most probable pieces, `bpe` merges pairs, the most frequent ones
   * of training first. Unigram needs somewhat fewer tokens; BPE learns faster.
   */
  model?: 'unigram' | 'bpe' | undefined;
  /** 256 more ids, for the bytes of characters that the vocabulary lacks, so that no text is unknown. Default false. */
  byteFallback?: boolean | undefined;
  /** The share of the text whose characters get ids, from 0.98 to 1; the rarest have none. Default 0.9995. */
  characterCoverage?: number | undefined;
  /** Pieces are not longer than this, in characters, the `▁` before a word included. Default 16. */
  maxPieceLength?: number | undefined;
  /** Unigram: the number of substrings to choose pieces from, at most. Default 8 × `vocabularySize`. */
  seedSize?: number | undefined;
  /** Unigram: the share of the pieces that a round of pruning keeps, from 0.5 to 0.95. Default 0.75. */
  shrinkingFactor?: number | undefined;
  /** Unigram: the iterations of expectation maximization before each round of pruning. Default 2. */
  iterations?: number | undefined;
  /** Called often while training goes on. */
  onProgress?: ((progress: SentencePieceProgress) => void) | undefined;
  /** Aborts the training; noticed between two sentences or two pieces of work. */
  signal?: AbortSignal | undefined;
}

/** How far a training is. */
export interface SentencePieceProgress {
  /** Sentences are read, then pieces are learned. */
  readonly phase: 'reading' | 'learning';
  /** Sentences read so far. */
  readonly sentences: number;
  /** Pieces in the vocabulary at this moment: for unigram they become fewer, for BPE more. */
  readonly pieces: number;
  /** The share of the learning that is done, from 0 to 1. */
  readonly share: number;
}

/** Options that were checked, each with a value. */
export type TrainingOptions = {
  readonly [Name in Exclude<keyof SentencePieceOptions, 'onProgress' | 'signal'>]-?: NonNullable<
    SentencePieceOptions[Name]
  >;
};

/** @throws {InvalidArgumentError} when an option cannot be used. */
export function trainingOptions(options: SentencePieceOptions): TrainingOptions {
  const { model = 'unigram', byteFallback = false } = options;
  if (typeof byteFallback !== 'boolean') throw invalid('byteFallback', 'true or false', byteFallback);
  const number = (
    name: 'characterCoverage' | 'maxPieceLength' | 'seedSize' | 'shrinkingFactor' | 'iterations',
    byDefault: number,
    rule: Parameters<typeof checkNumber>[2],
  ): number => checkNumber(name, options[name] ?? byDefault, rule);
  const vocabularySize = checkNumber('vocabularySize', options.vocabularySize, {
    integer: true,
    min: 4,
    max: 1_000_000,
  });
  return {
    vocabularySize,
    model: checkOneOf('model', model, ['unigram', 'bpe']),
    byteFallback,
    characterCoverage: number('characterCoverage', 0.9995, { min: 0.98, max: 1 }),
    maxPieceLength: number('maxPieceLength', 16, { integer: true, min: 1, max: 512 }),
    seedSize: number('seedSize', 8 * vocabularySize, { integer: true, min: 1 }),
    shrinkingFactor: number('shrinkingFactor', 0.75, { min: 0.5, max: 0.95 }),
    iterations: number('iterations', 2, { integer: true, min: 1, max: 10 }),
  };
}
