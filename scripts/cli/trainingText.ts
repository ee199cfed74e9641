import {
  type Batch,
  holdOut,
  type PipelineReport,
  PipelineStats,
  pipeline,
  random,
  type Source,
  SourceError,
  sequencesOf,
  type Tokenizer,
} from '../../src/index.js';
import { makeTokenizer } from './makeTokenizer.js';
import { batchesOf, sentencesOf } from './sentences.js';
import { spoolStandardInput } from './spoolStandardInput.js';
import type { TrainFlags } from './TrainFlags.js';

/** The flags that say what to read, and how to make batches of it. */
export type TextFlags = Pick<
  TrainFlags,
  'corpus' | 'sentencePerLine' | 'valid' | 'holdOut' | 'tokenizer' | 'maxTokens' | 'maxLength' | 'seed'
>;

/** How much text there is. */
export interface Size {
  readonly batches: number;
  readonly sentences: number;
  readonly tokens: number;
  readonly characters: number;
}

/** The text of a training, as batches. */
export interface TrainingText {
  readonly tokenizer: Tokenizer;
  readonly batches: (epoch: number) => AsyncIterable<Batch>;
  readonly validBatches: AsyncIterable<Batch>;
  readonly size: { readonly train: Size; readonly valid: Size };
  /** What went through the pipeline in the first epoch. */
  readonly firstEpoch: PipelineReport;
  /** The share of sentences that was held out for validation; 0 where that is a text of its own. */
  readonly holdOut: number;
}

const DEFAULT_HOLD_OUT = 0.05;

/**
 * Reads the text of a training once, makes the tokenizer, and counts: what cannot be read fails here, before anything is
 * written.
 */
export async function readTrainingText(flags: TextFlags): Promise<TrainingText> {
  const { seed, maxTokens, maxLength } = flags;
  const corpus = await spoolStandardInput(flags.corpus);
  const [valid] = flags.valid === undefined ? [] : await spoolStandardInput([flags.valid]);
  const text = splitTexts({ ...flags, corpus, ...(valid !== undefined && { valid }) });
  const tokenizer = await makeTokenizer(flags.tokenizer, text.train);
  const stats = new PipelineStats();
  const epochSeed = random(seed, 'epoch').bits;
  const batches = (epoch: number) =>
    batchesOf(text.train, tokenizer, { maxTokens, maxLength, seed: epochSeed(epoch), stats });
  const validBatches = batchesOf(text.valid, tokenizer, { maxTokens, maxLength: maxTokens, seed });
  const trainSize = await measure(batches(0), tokenizer);
  const firstEpoch = stats.report();
  // To a batch, the parts of a sentence that was split are sentences.
  const { sentences } = firstEpoch;
  const size = { train: { ...trainSize, sentences }, valid: await measure(validBatches, tokenizer) };
  checkText(size.train, 'train on', flags.corpus);
  checkText(size.valid, 'validate on', flags.valid === undefined ? flags.corpus : [flags.valid]);
  const heldOut = flags.valid === undefined ? (flags.holdOut ?? DEFAULT_HOLD_OUT) : 0;
  return { tokenizer, batches, validBatches, size, firstEpoch, holdOut: heldOut };
}

/** Where the sentences to learn from and to validate on come from. */
function splitTexts({ corpus, sentencePerLine, valid, holdOut: share = DEFAULT_HOLD_OUT }: TextFlags): {
  train: Source<string>;
  valid: Source<string>;
} {
  const all = sentencesOf(corpus, sentencePerLine);
  if (valid !== undefined) return { train: all, valid: sentencesOf([valid], sentencePerLine) };
  return {
    train: pipeline(all, holdOut({ fraction: share, keep: 'train' })),
    valid: pipeline(all, holdOut({ fraction: share, keep: 'valid' })),
  };
}

async function measure(batches: AsyncIterable<Batch>, tokenizer: Tokenizer): Promise<Size> {
  const size = { batches: 0, sentences: 0, tokens: 0, characters: 0 };
  for await (const batch of batches) {
    size.batches++;
    size.sentences += batch.size;
    size.tokens += batch.tokens;
    for (const sequence of sequencesOf(batch)) size.characters += tokenizer.characterCount(sequence);
  }
  return size;
}

function checkText({ sentences }: Size, purpose: string, files: readonly string[]): void {
  if (sentences > 0) return;
  const hint = purpose === 'validate on' ? '. --hold-out takes a larger share, --valid a text' : '';
  throw new SourceError(`Expected sentences to ${purpose} in ${files.join(', ')}, got none${hint}`);
}
