import { isDeepStrictEqual } from 'node:util';
import {
  CharacterTokenizer,
  type Checkpoint,
  cellOf,
  checkSavedSize,
  checkTrainingSize,
  defaultWorkers,
  extendVocabulary,
  FileFormatError,
  LanguageModel,
  passagesOf,
  RunDirectory,
  SourceChangedError,
  type Tokenizer,
  tuneBackend,
  useBackend,
} from '../../src/index.js';
import type { Invocation } from './Command.js';
import { checkTemperature } from './checkTrainFlags.js';
import { recordedFlags } from './continuousFlags.js';
import { durationOf } from './durationOf.js';
import { modelStart } from './modelStart.js';
import { optimizerOf } from './optimizerOf.js';
import { hereFrom, withoutPasswords } from './paths.js';
import { shareHeldOut } from './preparedText.js';
import { CONTINUOUS_RECIPE, recipeFlags } from './recipe.js';
import { resumedFlags } from './resumedFlags.js';
import type { TrainFlags } from './TrainFlags.js';
import { type TextSize, trainingText } from './trainingText.js';

/**
 * All that a training needs, as flags say it; or, where a run goes on, as it began. Every mistake is told here, before anything is
 * written.
 */
export async function prepareTraining(given: TrainFlags, { typed, ...streams }: Invocation) {
  const resumed = given.resume ? await resumedFlags(given, typed) : given;
  const isNew = resumed === given;
  const begun = isNew ? recipeFlags(given, typed) : resumed;
  const wanted = { ...begun, workers: begun.workers ?? defaultWorkers(tokensOf(begun)) };
  if (wanted.workers > 1) tuneBackend('workers');
  if (wanted.backend) await useBackend(wanted.backend);
  const mode = wanted.resume ? 'resume' : wanted.overwrite ? 'overwrite' : 'new';
  const found = wanted.resume && wanted.out ? RunDirectory.check(wanted.out, mode) : undefined;
  // A run that begins again has asked for all that it began with.
  const asked = isNew ? typed : new Set(Object.keys(begun));
  const start = await modelStart(wanted, { found, asked, stderr: streams.stderr });
  try {
    const { flags, options } = start;
    // The weights of a model of --init-from may be tied.
    checkTemperature(flags);
    const out = flags.out ?? defaultOut(cellOf(options.cell).name);
    if (!found) RunDirectory.check(out, mode);
    const text = await trainingText(flags, streams, start.tokenizer);
    const { tokenizer, size, largestBatch } = text;
    const { vocabularySize } = tokenizer;
    const duration = durationOf(flags, size.train.batches);
    const optimizer = optimizerOf(flags, duration);
    checkTrainingSize(options, vocabularySize, { batchTokens: largestBatch, workers: flags.workers });
    // For each weight: itself, what the optimizer keeps, and its mean.
    checkSavedSize(options, vocabularySize, 1 + optimizer.slots.length + (flags.average ? 1 : 0));
    if (found) checkSameSize(found.checkpoint, size.train);
    const model = start.model ? withTokenizer(start.model, tokenizer) : new LanguageModel({ ...options, tokenizer });
    /** Opens the directory of the run when its training begins. */
    const run = async (): Promise<RunDirectory> => {
      const { minutes } = duration.until;
      const settings = {
        ...withoutPasswords(recordedFlags(flags)),
        directory: hereFrom(out),
        minutes,
        holdOut: shareHeldOut(flags),
        model: model.config,
      };
      const opened = await RunDirectory.open(out, { mode, settings });
      try {
        // A run that goes on has it, and is first checked.
        if (!opened.checkpoint) {
          await opened.saveTokenizer(tokenizer);
          if (flags.passages) await opened.savePassages(await passagesOf(text.validBatches, tokenizer));
        }
        return opened;
      } catch (error) {
        opened.close();
        throw error;
      }
    };
    return { flags, text, model, optimizer, duration, found, out, run };
  } catch (error) {
    start.model?.dispose();
    throw error;
  }
}

/** The model, or one that knows more characters in its place. */
function withTokenizer(model: LanguageModel, tokenizer: Tokenizer): LanguageModel {
  if (tokenizer === model.tokenizer || !(tokenizer instanceof CharacterTokenizer)) return model;
  const extended = extendVocabulary(model, tokenizer);
  model.dispose();
  return extended;
}

/**
 * Tells a text by its size, as long as its checkpoint has no fingerprint, by which `fit` tells it before anything is written.
 * @throws {SourceChangedError} when the text is not the one that a checkpoint was made with.
 */
function checkSameSize({ notes }: Checkpoint, train: TextSize): void {
  const { train: begun, fingerprint } = (notes ?? {}) as { train?: TextSize; fingerprint?: string };
  if (typeof begun !== 'object')
    throw new FileFormatError('Expected a checkpoint of the command train to go on from, got one of another program');
  if (fingerprint !== undefined || isDeepStrictEqual(begun, train)) return;
  throw new SourceChangedError(
    `Expected the texts that the run began with, of ${extent(begun)}, got others, of ${extent(train)}`,
  );
}

function extent({ sentences, tokens }: TextSize): string {
  return sentences === undefined ? `${tokens} tokens` : `${sentences} sentences and ${tokens} tokens`;
}

/** Most tokens of a batch. */
function tokensOf({ continuous, rows, window, maxTokens }: TrainFlags): number {
  return continuous ? (rows ?? CONTINUOUS_RECIPE.rows) * (window ?? CONTINUOUS_RECIPE.window) : maxTokens;
}

/** `runs/lstm-20261124-081604`. */
function defaultOut(cell: string): string {
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `runs/${cell}-${time}`;
}
