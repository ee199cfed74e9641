import { createHash } from 'node:crypto';
import { DEFAULT_HOLD_OUT, DEFAULT_ROWS, DEFAULT_WINDOW } from '../defaults.js';
import { checkNumber, SourceError } from '../errors.js';
import type { ContinuousBatch } from '../pipeline/Batch.js';
import { batchWindows, checkWindowOptions } from '../pipeline/batchWindows.js';
import { bothEnds } from '../pipeline/holdOutEnds.js';
import type { TextSource } from '../pipeline/openText.js';
import { pipeline } from '../pipeline/pipeline.js';
import { readDocuments } from '../pipeline/readDocuments.js';
import { tokenizeText } from '../pipeline/tokenizeText.js';
import { random } from '../random.js';
import type { RecordOptions } from '../sources/RecordOptions.js';
import type { TextChunk } from '../text/TextChunk.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import { makeTokenizer, type WantedTokenizer } from './makeTokenizer.js';
import { type BatchesSize, measureBatches } from './measureBatches.js';

/** Options of `prepareContinuousText`. */
export interface ContinuousTextOptions extends Omit<RecordOptions, 'stats'> {
  /** What to learn from, as `readDocuments` takes it. It is read once an epoch, and some times before the first one. */
  readonly corpus: TextSource | readonly TextSource[];
  /** What to measure the loss on. Default: the ends of the documents of the corpus, which are held out. */
  readonly validation?: TextSource | readonly TextSource[] | undefined;
  /** Without `validation`, the share of each document that is held out. Default 0.05. */
  readonly holdOut?: number | undefined;
  /**
   * `'characters'` of the corpus, so many pieces that are learned from it (SentencePiece with `keepWhiteSpace`), `'auto'`: 1,000 to 2,000 pieces, or characters
   * of a text that is short or has many different ones; a tokenizer that keeps white space, or a function that makes one. Default `'characters'`.
   */
  readonly tokenizer?: WantedTokenizer | undefined;
  /** Rows of a batch. Default 32. */
  readonly rows?: number | undefined;
  /** Tokens that a row reads in a batch. Default 100. */
  readonly window?: number | undefined;
  /** Tokens that a row reads in a row. Default 20,000. */
  readonly run?: number | undefined;
  /** Of the place where runs begin in each epoch. Default 1. */
  readonly seed?: number | undefined;
}

/** A text that goes on and is ready to train on. */
export interface PreparedContinuousText {
  /** The tokenizer of its batches. */
  readonly tokenizer: Tokenizer;
  /** The batches of an epoch; runs begin elsewhere in each, and the same number gives the same batches. */
  readonly batches: (epoch: number) => AsyncIterable<ContinuousBatch>;
  /** The batches to validate on: 16 rows, each of which reads the 1,000 tokens before its own to warm up. */
  readonly validBatches: AsyncIterable<ContinuousBatch>;
  /** How much there is to learn from and to validate on. */
  readonly size: {
    /** To learn from. */
    readonly train: BatchesSize;
    /** To validate on. */
    readonly valid: BatchesSize;
  };
  /**
   * Of all numbers in the batches of the first epoch and in those to validate on, the SHA-256 in hexadecimal: `fit` knows by it whether
   * a training goes on with the text that it began with. Texts that others prepare may have none.
   */
  readonly fingerprint?: string | undefined;
  /** Records of the corpus, and damaged files or rests of files, that one reading leaves out: with `onBad: 'skip'`. */
  readonly badRecords: number;
  /** Places in the largest batch to train on, padding counted. */
  readonly largestBatch: number;
}

const VALIDATION = { size: 16, warmUp: 1000 };

/**
 * Makes the tokenizer of a text that goes on, and counts what there is: what cannot be read fails here, before anything is trained or
 * written. The text is read a few times for that. For `fit` with `carryState`.
 *
 *     const text = await prepareContinuousText({ corpus: 'plays/*.txt' });
 *     const model = new LanguageModel({ cell: 'gru', tokenizer: text.tokenizer });
 *     fit(model, { ...text, carryState: true, optimizer: adam(), until: { minutes: 10 } })
 *
 * @throws {InvalidArgumentError} when an option cannot be used, or the tokenizer drops white space.
 * @throws {SourceError} when a text cannot be read, or holds nothing to train on or to validate on, or all or none of it is held out.
 * @throws {EncodingError} when bytes are not UTF-8.
 */
export async function prepareContinuousText({
  corpus,
  validation,
  holdOut = DEFAULT_HOLD_OUT,
  tokenizer: wanted = 'characters',
  rows = DEFAULT_ROWS,
  window = DEFAULT_WINDOW,
  run,
  seed = 1,
  ...records
}: ContinuousTextOptions): Promise<PreparedContinuousText> {
  checkNumber('holdOut', holdOut, { above: 0, below: 1 });
  const windows = { size: rows, length: window, run };
  checkNumber('rows', rows, { integer: true, min: 1 });
  checkNumber('window', window, { integer: true, min: 1 });
  checkWindowOptions(windows);
  checkNumber('seed', seed, { integer: true });
  const epochSeed = random(seed, 'epoch').bits;
  // A text is read several times; what counts is what one reading leaves out.
  const left = { badRecords: 0 };
  const all = readDocuments(corpus, { ...records, stats: left });
  const sides: Record<'train' | 'valid', AsyncIterable<TextChunk>> = validation === undefined
    ? bothEnds(all, holdOut)
    : { train: all, valid: readDocuments(validation, records) };
  const tokenizer = await makeTokenizer(wanted, sides.train, true);
  const batches = (epoch: number) =>
    pipeline(sides.train, tokenizeText(tokenizer), batchWindows(tokenizer, { ...windows, seed: epochSeed(epoch) }));
  const validBatches = pipeline(
    sides.valid,
    tokenizeText(tokenizer),
    batchWindows(tokenizer, { ...VALIDATION, length: window }),
  );
  // First, as a first reading of ends reads the text twice, which would count twice what it leaves out.
  const hash = createHash('sha256');
  const { size: valid } = await measureBatches(validBatches, tokenizer, hash);
  left.badRecords = 0;
  const { size: train, largestBatch } = await measureBatches(batches(0), tokenizer, hash);
  const size = { train, valid };
  checkSizes(size, validation === undefined ? holdOut : undefined);
  const { badRecords } = left;
  return { tokenizer, batches, validBatches, size, fingerprint: hash.digest('hex'), badRecords, largestBatch };
}

/** @param holdOut the share that is held out of the corpus; without one, there is another text to validate on */
function checkSizes({ train, valid }: PreparedContinuousText['size'], holdOut: number | undefined): void {
  const held = holdOut === undefined ? undefined : `holdOut = ${holdOut} of each document`;
  if (train.tokens === 0)
    throw held !== undefined && valid.tokens > 0
      ? new SourceError(`Expected text to train on in corpus, got none: ${held} is all of it`, {
          options: ['corpus', 'holdOut'],
        })
      : new SourceError('Expected text to train on in corpus, got none', { options: ['corpus'] });
  if (valid.tokens === 0)
    throw held !== undefined
      ? new SourceError(
          `Expected text to validate on in corpus, got none: ${held} is not one character. Give another text as validation`,
          { options: ['corpus', 'holdOut', 'validation'] },
        )
      : new SourceError('Expected text to validate on in validation, got none', { options: ['validation'] });
}
