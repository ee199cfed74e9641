import {
  type Batch,
  holdOut,
  holdOutPlace,
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
  /** Places in the largest batch to train on, padding counted. */
  readonly largestBatch: number;
  /** The share of sentences to hold out for validation, as it was asked for; 0 where that is a text of its own. */
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
  const text = await splitTexts({ ...flags, corpus, ...(valid !== undefined && { valid }) });
  const tokenizer = await makeTokenizer(flags.tokenizer, text.train);
  const stats = new PipelineStats();
  const epochSeed = random(seed, 'epoch').bits;
  const batches = (epoch: number) =>
    batchesOf(text.train, tokenizer, {
      ...{ maxTokens, maxLength: Math.min(maxLength, maxTokens), seed: epochSeed(epoch), stats },
    });
  const validBatches = batchesOf(text.valid, tokenizer, { maxTokens, seed });
  let largestBatch = 0;
  const trainSize = await measure(batches(0), tokenizer, (places) => {
    largestBatch = Math.max(largestBatch, places);
  });
  const firstEpoch = stats.report();
  // To a batch, the parts of a sentence that was split are sentences.
  const { sentences } = firstEpoch;
  const size = { train: { ...trainSize, sentences }, valid: await measure(validBatches, tokenizer) };
  checkText(size.train, 'train on', flags.corpus);
  checkText(size.valid, 'validate on', flags.valid === undefined ? flags.corpus : [flags.valid]);
  const heldOut = flags.valid === undefined ? (flags.holdOut ?? DEFAULT_HOLD_OUT) : 0;
  return { tokenizer, batches, validBatches, size, firstEpoch, largestBatch, holdOut: heldOut };
}

/** Where the sentences to learn from and to validate on come from. */
async function splitTexts({ corpus, sentencePerLine, valid, holdOut: share = DEFAULT_HOLD_OUT }: TextFlags): Promise<{
  train: Source<string>;
  valid: Source<string>;
}> {
  const all = sentencesOf(corpus, sentencePerLine);
  if (valid !== undefined) return { train: all, valid: sentencesOf([valid], sentencePerLine) };
  const fraction = await fractionOf(all, share);
  if (fraction !== share)
    process.stderr.write(
      `a share of ${share} leaves one side without a sentence: one is ${fraction > share ? 'held out' : 'left to train on'}\n`,
    );
  return {
    train: pipeline(all, holdOut({ fraction, keep: 'train' })),
    valid: pipeline(all, holdOut({ fraction, keep: 'valid' })),
  };
}

/**
 * The share to hold out so that each side has a sentence: the one asked for where that is so. With few sentences, all of
 * them may stand on one side of it; then the share that parts the outermost one from the others.
 * @throws {SourceError} when there are no two sentences that differ.
 */
export async function fractionOf(sentences: AsyncIterable<string>, share: number): Promise<number> {
  const places = { lowest: Infinity, highest: -Infinity, second: Infinity };
  for await (const sentence of sentences) {
    const place = holdOutPlace(sentence);
    if (place < places.lowest) places.second = places.lowest;
    else if (place > places.lowest) places.second = Math.min(places.second, place);
    places.lowest = Math.min(places.lowest, place);
    places.highest = Math.max(places.highest, place);
    if (places.lowest < share && places.highest >= share) return share;
  }
  if (places.highest < places.lowest) return share;
  if (places.highest === places.lowest)
    throw new SourceError(
      'Expected two different sentences at least, one of them to validate on, got one. --valid takes a text for that',
    );
  return places.lowest >= share ? places.second : places.highest;
}

async function measure(
  batches: AsyncIterable<Batch>,
  tokenizer: Tokenizer,
  see = (_places: number): void => {},
): Promise<Size> {
  const size = { batches: 0, sentences: 0, tokens: 0, characters: 0 };
  for await (const batch of batches) {
    see(batch.size * batch.length);
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
