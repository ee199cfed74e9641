import { identity, lastValueFrom, type MonoTypeOperatorFunction, tap } from 'rxjs';
import { LanguageModel } from '../../src/model/LanguageModel.js';
import type { ModelOptions } from '../../src/model/ModelConfig.js';
import { appendEos } from '../../src/pipeline/appendEos.js';
import type { Batch } from '../../src/pipeline/Batch.js';
import { batchWindows } from '../../src/pipeline/batchWindows.js';
import { bucketByLength } from '../../src/pipeline/bucketByLength.js';
import { epochs } from '../../src/pipeline/epochs.js';
import { maskPadding } from '../../src/pipeline/maskPadding.js';
import { padBatch } from '../../src/pipeline/padBatch.js';
import { type Pipeline, pipeline } from '../../src/pipeline/pipeline.js';
import { shuffle } from '../../src/pipeline/shuffle.js';
import { splitSentences } from '../../src/pipeline/splitSentences.js';
import { tokenize } from '../../src/pipeline/tokenize.js';
import { tokenizeText } from '../../src/pipeline/tokenizeText.js';
import { CharacterTokenizer } from '../../src/text/CharacterTokenizer.js';
import { adam } from '../../src/training/adam.js';
import { latestCheckpoint } from '../../src/training/checkpoints/latestCheckpoint.js';
import { type CheckpointOptions, saveCheckpoints } from '../../src/training/checkpoints/saveCheckpoints.js';
import { evaluate } from '../../src/training/evaluate.js';
import type { Optimizer } from '../../src/training/Optimizer.js';
import type { TrainingStep } from '../../src/training/TrainingStep.js';
import { train } from '../../src/training/train.js';
import type { ReferenceTensors } from '../reference/arrays.js';
import { weightsOf } from './languageModels.js';

/** A text of about twenty short sentences. */
export const TEXT =
  'We go. We will go there. They go where we go! Who goes? She will. He will not go there, will he? ' +
  'There we were. We were here. Were they? They were not. We hear her. Here we go, here we go. Ever? Never.';

/** Every character of the text. */
export const tokenizer = new CharacterTokenizer(TEXT);

/** The text as four batches or so, shuffled. */
export function shuffledBatches(seed: number): Pipeline<Batch> {
  return pipeline(
    [TEXT],
    splitSentences(),
    tokenize(tokenizer),
    appendEos(tokenizer),
    shuffle({ bufferSize: 8, seed }),
    bucketByLength({ maxTokens: 80, poolBatches: 2 }),
    padBatch(),
    maskPadding(),
  );
}

/** The text as it goes on, in a dozen windows or so of three rows. */
export function continuousBatches(seed: number): Pipeline<Batch> {
  return pipeline([TEXT], tokenizeText(tokenizer), batchWindows(tokenizer, { size: 3, length: 7, run: 40, seed }));
}

/** Options of `trainByEpochs`. */
export interface ResumableTraining {
  /** Where checkpoints are, and where it goes on from if there are some. Default: nowhere. */
  readonly dir?: string;
  readonly model?: Partial<ModelOptions>;
  readonly optimizer?: Optimizer;
  readonly workers?: number;
  /** Whether the text goes on and the state is carried. Default: it is sentences. */
  readonly carryState?: boolean;
  readonly averageDecay?: number;
  readonly labelSmoothing?: number;
  readonly pastDecode?: number;
  readonly count?: number;
  readonly checkpoints?: CheckpointOptions;
  /** Between the training and the checkpoints, and behind these. Default: nothing. */
  readonly before?: MonoTypeOperatorFunction<TrainingStep>;
  readonly behind?: MonoTypeOperatorFunction<TrainingStep>;
  /** Changes the batches of an epoch. Default: not at all. */
  readonly change?: (batches: AsyncIterable<Batch>, epoch: number) => AsyncIterable<Batch>;
}

/** What a training gave, up to its end or its error. */
export interface TrainingRecord {
  /** By the number of the step. */
  readonly losses: Record<number, number>;
  /** Validation losses by epoch. */
  readonly validation: Record<number, number>;
  weights: ReferenceTensors;
  error: unknown;
}

/** A schedule that gives each step another rate, and falls in leaps. */
export const leaps = ({ step }: { step: number }): number => 0.05 * 0.5 ** Math.floor(step / 4) + step * 1e-4;

/** Trains by epochs of a small shuffled text, and validates after each; from the latest checkpoint on, if there is one. */
export async function trainByEpochs({
  dir,
  model: options,
  optimizer = adam({ learningRate: leaps }),
  workers = 1,
  carryState = false,
  averageDecay,
  labelSmoothing,
  pastDecode,
  count = 3,
  checkpoints,
  before = identity,
  behind = identity,
  change = identity,
}: ResumableTraining = {}): Promise<TrainingRecord> {
  const model = new LanguageModel({
    ...{ cell: 'lstm', layers: 2, embeddingSize: 4, hiddenSize: 6, dropout: 0.3, tokenizer },
    ...options,
  });
  const found = dir === undefined ? undefined : latestCheckpoint(dir)?.checkpoint.state;
  const saver = dir === undefined ? undefined : saveCheckpoints(dir, checkpoints);
  const batches = carryState ? continuousBatches : shuffledBatches;
  const record: TrainingRecord = { losses: {}, validation: {}, weights: {}, error: undefined };
  const afterEach = async (epoch: number): Promise<void> => {
    const { natsPerToken } = await evaluate(model, batches(0));
    record.validation[epoch] = natsPerToken;
    saver?.report(natsPerToken);
  };
  const steps = epochs(count, (epoch) => change(batches(epoch), epoch), {
    resumeAt: found?.resumeAt,
    afterEach,
  }).pipe(
    train(model, {
      optimizer,
      clipNorm: 0.5,
      workers,
      carryState,
      averageDecay,
      labelSmoothing,
      pastDecode,
      resumeFrom: found,
    }),
    tap(({ step, loss }) => {
      record.losses[step] = loss;
    }),
    before,
    saver ?? identity,
    behind,
  );
  try {
    await lastValueFrom(steps, { defaultValue: undefined });
  } catch (error) {
    record.error = error;
  }
  record.weights = weightsOf(model);
  model.dispose();
  return record;
}
