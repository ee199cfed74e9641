import { isDeepStrictEqual } from 'node:util';
import {
  type Checkpoint,
  checkSavedSize,
  checkTrainingSize,
  defaultWorkers,
  FileFormatError,
  InvalidArgumentError,
  LanguageModel,
  type PreparedSize,
  RunDirectory,
  type Tokenizer,
  tuneBackend,
  useBackend,
} from '../../src/index.js';
import type { Invocation } from './Command.js';
import { durationOf } from './durationOf.js';
import { loadCell } from './loadCell.js';
import { optimizerOf } from './optimizerOf.js';
import { hereFrom } from './paths.js';
import { preparedText, shareHeldOut } from './preparedText.js';
import { resumedFlags } from './resumedFlags.js';
import type { TrainFlags } from './TrainFlags.js';

/**
 * All that a training needs, as flags say it; or, where a run goes on, as it began. Every mistake is told here, before anything is
 * written.
 */
export async function prepareTraining(given: TrainFlags, { typed, ...streams }: Invocation) {
  const begun = given.resume ? await resumedFlags(given, typed) : given;
  const flags = { ...begun, workers: begun.workers ?? defaultWorkers(begun.maxTokens) };
  if (flags.workers > 1) tuneBackend('workers');
  if (flags.backend) await useBackend(flags.backend);
  const mode = flags.resume ? 'resume' : flags.overwrite ? 'overwrite' : 'new';
  const found = flags.resume && flags.out ? RunDirectory.check(flags.out, mode) : undefined;
  // What a run began with is in its checkpoint: a cell of that name, or its file, may have become another since.
  const cell = found?.cell ?? (await loadCell(flags.cell));
  const out = flags.out ?? defaultOut(typeof cell === 'string' ? cell : cell.name);
  if (!found) RunDirectory.check(out, mode);
  const text = await preparedText(flags, streams);
  const { tokenizer, size, largestBatch } = text;
  const { vocabularySize } = tokenizer;
  const { embedding: embeddingSize, hidden: hiddenSize, layers, dropout, forgetBias, tieWeights, initialState } = flags;
  const sizes = { embeddingSize, hiddenSize, layers, dropout, forgetBias, tieWeights, initialState };
  const options = { cell, ...sizes, seed: flags.seed };
  const duration = durationOf(flags, size.train.batches);
  const optimizer = optimizerOf(flags, duration);
  checkTrainingSize(options, vocabularySize, { batchTokens: largestBatch, workers: flags.workers });
  // For each weight: itself, and what the optimizer keeps.
  checkSavedSize(options, vocabularySize, 1 + optimizer.slots.length);
  if (found) checkSameText(found.checkpoint, tokenizer, size.train);
  const model = new LanguageModel({ ...options, tokenizer });
  /** Opens the directory of the run when its training begins. */
  const run = async (): Promise<RunDirectory> => {
    const { minutes } = duration.until;
    const settings = { ...flags, directory: hereFrom(out), minutes, holdOut: shareHeldOut(flags), model: model.config };
    const opened = await RunDirectory.open(out, { mode, settings });
    await opened.saveTokenizer(tokenizer);
    return opened;
  };
  return { flags, text, model, optimizer, duration, found, out, run };
}

/** @throws {InvalidArgumentError} when the texts are not those that a checkpoint was made with. */
function checkSameText({ notes, tokenizer: begunWith }: Checkpoint, tokenizer: Tokenizer, train: PreparedSize): void {
  const { train: begun } = (notes ?? {}) as { train?: PreparedSize };
  if (typeof begun !== 'object')
    throw new FileFormatError('Expected a checkpoint of the command train to go on from, got one of another program');
  if (isDeepStrictEqual(begun, train) && JSON.stringify(begunWith) === JSON.stringify(tokenizer)) return;
  throw new InvalidArgumentError(
    `Expected the texts that the run began with, of ${begun.sentences} sentences and ${begun.tokens} tokens, got others, of ${train.sentences} sentences and ${train.tokens} tokens`,
  );
}

/** `runs/lstm-20261124-081604`. */
function defaultOut(cell: string): string {
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `runs/${cell}-${time}`;
}
