import { createHash } from 'node:crypto';
import { DEFAULT_HOLD_OUT, DEFAULT_MAX_LENGTH, DEFAULT_MAX_TOKENS } from '../defaults.js';
import { checkNumber, SourceError } from '../errors.js';
import type { Batch } from '../pipeline/Batch.js';
import { holdOut as holdOutSentences } from '../pipeline/holdOut.js';
import type { TextSource } from '../pipeline/openText.js';
import { type PipelineReport, PipelineStats } from '../pipeline/PipelineStats.js';
import { pipeline } from '../pipeline/pipeline.js';
import type { Source } from '../pipeline/Source.js';
import { random } from '../random.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import { batchSentences } from './batchSentences.js';
import { makeTokenizer, type WantedTokenizer } from './makeTokenizer.js';
import { type BatchesSize, measureBatches } from './measureBatches.js';
import { readSentences, type SentenceReading } from './readSentences.js';
import { shareToHoldOut } from './shareToHoldOut.js';

/** Options of `prepareText`; what is left out is counted in `PreparedText.firstEpoch`. */
export interface TextOptions extends Omit<SentenceReading, 'stats'> {
  /** What to learn from, as `readText` takes it. It is read once an epoch, and some times before the first one. */
  readonly corpus: TextSource | readonly TextSource[];
  /** What to measure the loss on. Default: `holdOut` of the sentences of the corpus. */
  readonly validation?: TextSource | readonly TextSource[] | undefined;
  /** Without `validation`, the share of sentences that is held out for it; one at least is. Default 0.05. */
  readonly holdOut?: number | undefined;
  /**
   * `'characters'` of the corpus, so many pieces that are learned from it (SentencePiece, unigram), `'auto'`: 1,000 to 4,000 pieces, or characters of a text
   * that is short or has many different ones; a tokenizer, or a function that makes one. Default `'characters'`.
   */
  readonly tokenizer?: WantedTokenizer | undefined;
  /** Tokens in a batch, padding counted. Default 6,400. */
  readonly maxTokens?: number | undefined;
  /** Longer sentences to learn from are split, in tokens; `maxTokens` where that is less. Default 1,000. */
  readonly maxLength?: number | undefined;
  /** Of the order of the sentences in every epoch. Default 1. */
  readonly seed?: number | undefined;
}

/** How much text there is. */
export interface PreparedSize extends BatchesSize {
  /** How many sentences there are, those that are split counted once. */
  readonly sentences: number;
}

/** A text that is ready to train on. */
export interface PreparedText {
  /** The tokenizer of its batches. */
  readonly tokenizer: Tokenizer;
  /** The batches of an epoch, shuffled anew in each; the same number gives the same batches. */
  readonly batches: (epoch: number) => AsyncIterable<Batch>;
  /** The batches to validate on. */
  readonly validBatches: AsyncIterable<Batch>;
  /** How much there is to learn from and to validate on. */
  readonly size: {
    /** To learn from. */
    readonly train: PreparedSize;
    /** To validate on. */
    readonly valid: PreparedSize;
  };
  /** What went through the pipeline in the first epoch. */
  readonly firstEpoch: PipelineReport;
  /**
   * Of all numbers in the batches of the first epoch and in those to validate on, the SHA-256 in hexadecimal: `fit` knows by it whether
   * a training goes on with the text that it began with. Texts that others prepare may have none.
   */
  readonly fingerprint?: string | undefined;
  /** Places in the largest batch to train on, padding counted. */
  readonly largestBatch: number;
  /**
   * The share of sentences that is held out: that which was asked for, or the next one that leaves a sentence on each side; 0 with a
   * text of its own to validate on.
   */
  readonly heldOut: number;
}

/**
 * Makes the tokenizer of a training's text, and counts what there is: what cannot be read fails here, before anything is trained or
 * written. The text is read a few times for that.
 *
 *     const text = await prepareText({ corpus: 'speeches/*.txt' });
 *     const model = new LanguageModel({ cell: 'gru', tokenizer: text.tokenizer });
 *     epochs(20, text.batches).pipe(train(model, { optimizer: adam() }))
 *
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {SourceError} when a text cannot be read, or holds no sentence to train on or to validate on.
 * @throws {EncodingError} when bytes are not UTF-8.
 */
export async function prepareText({
  corpus,
  validation,
  holdOut = DEFAULT_HOLD_OUT,
  tokenizer: wanted = 'characters',
  maxTokens = DEFAULT_MAX_TOKENS,
  maxLength = DEFAULT_MAX_LENGTH,
  seed = 1,
  ...reading
}: TextOptions): Promise<PreparedText> {
  checkNumber('holdOut', holdOut, { above: 0, below: 1 });
  checkNumber('maxTokens', maxTokens, { integer: true, min: 1 });
  checkNumber('maxLength', maxLength, { integer: true, min: 1 });
  const epochSeed = random(seed, 'epoch').bits;
  // A text is read several times; what counts is what one reading leaves out.
  const left = { badRecords: 0 };
  const sides = await splitTexts(corpus, validation, holdOut, { ...reading, stats: left });
  const tokenizer = await makeTokenizer(wanted, sides.train, false);
  const stats = new PipelineStats();
  const batches = (epoch: number) =>
    batchSentences(sides.train, tokenizer, {
      ...{ maxTokens, maxLength: Math.min(maxLength, maxTokens), seed: epochSeed(epoch), stats },
    });
  const validBatches = batchSentences(sides.valid, tokenizer, { maxTokens, seed });
  const hash = createHash('sha256');
  left.badRecords = 0;
  const train = await measureBatches(batches(0), tokenizer, hash);
  const firstEpoch = { ...stats.report(), ...left };
  const valid = await measureBatches(validBatches, tokenizer, hash);
  const size = {
    // To a batch, the parts of a sentence that was split are sentences.
    train: { ...train.size, sentences: firstEpoch.sentences },
    valid: { ...valid.size, sentences: valid.rows },
  };
  checkSentences(size.train, 'train on', 'corpus');
  checkSentences(size.valid, 'validate on', validation === undefined ? 'corpus' : 'validation');
  const fingerprint = hash.digest('hex');
  const { largestBatch } = train;
  return { tokenizer, batches, validBatches, size, firstEpoch, fingerprint, largestBatch, heldOut: sides.heldOut };
}

/** Where the sentences to learn from and to validate on come from. */
async function splitTexts(
  corpus: TextOptions['corpus'],
  validation: TextOptions['validation'],
  share: number,
  reading: SentenceReading,
): Promise<{ train: Source<string>; valid: Source<string>; heldOut: number }> {
  const all = readSentences(corpus, reading);
  if (validation !== undefined) return { train: all, valid: readSentences(validation, reading), heldOut: 0 };
  const heldOut = await shareToHoldOut(all, share);
  const side = (keep: 'train' | 'valid') => pipeline(all, holdOutSentences({ fraction: heldOut, keep }));
  return { train: side('train'), valid: side('valid'), heldOut };
}

function checkSentences({ sentences }: PreparedSize, purpose: string, option: 'corpus' | 'validation'): void {
  if (sentences === 0)
    throw new SourceError(`Expected sentences to ${purpose} in ${option}, got none`, { options: [option] });
}
