import { isDeepStrictEqual } from 'node:util';
import { EMPTY, identity, lastValueFrom, type Observable, takeUntil, takeWhile, tap } from 'rxjs';
import {
  type Checkpoint,
  checkSavedSize,
  checkTrainingSize,
  type EpochBatch,
  type EpochSums,
  EpochTotals,
  epochs,
  evaluate,
  FileFormatError,
  type FoundCheckpoint,
  InvalidArgumentError,
  LanguageModel,
  latestCheckpoint,
  OPTIMIZERS,
  type Optimizer,
  type PreparedSize,
  sample,
  saveCheckpoints,
  type Tokenizer,
  type TrainingStep,
  train,
  type WarmupCosineOptions,
  warmupCosine,
} from '../../src/index.js';
import { describeEpoch, describeTraining } from './describeTraining.js';
import { interruption } from './interruption.js';
import { loadCell } from './loadCell.js';
import { printSentence } from './print.js';
import { RunDirectory } from './RunDirectory.js';
import { resumedFlags } from './resumedFlags.js';
import { runLog } from './runLog.js';
import { shellQuoted } from './shellQuoted.js';
import type { TrainFlags } from './TrainFlags.js';
import { TrainingDisplay } from './TrainingDisplay.js';
import { shareHeldOut, textOf } from './textOf.js';

const DEFAULT_MINUTES = 3;
const SAMPLES_AT_END = 5;

/**
 * Trains a model as the flags say, and streams sentences from it to standard output; all else goes to standard error.
 * `typed` are the names of the flags on the command line.
 */
export async function trainModel(given: TrainFlags, typed: ReadonlySet<string>): Promise<void> {
  const flags = given.resume ? await resumedFlags(given, typed) : given;
  const { seed } = flags;
  const found = flags.resume && flags.out ? latestCheckpoint(RunDirectory.checkpoints(flags.out)) : undefined;
  // What a run began with is in its checkpoint: a cell of that name, or its file, may have become another since.
  const cell = found?.cell ?? (await loadCell(flags.cell));
  const out = flags.out ?? defaultOut(typeof cell === 'string' ? cell : cell.name);
  const replaces = flags.overwrite || flags.resume;
  if (flags.resume && !found) RunDirectory.checkMayBegin(out);
  if (!found) RunDirectory.checkNew(out, replaces);
  const { tokenizer, batches, validBatches, size, firstEpoch, largestBatch } = await textOf(flags);
  const modelOptions = {
    cell,
    hiddenSize: flags.hidden,
    embeddingSize: flags.embedding,
    layers: flags.layers,
    dropout: flags.dropout,
    forgetBias: flags.forgetBias,
    tieWeights: flags.tieWeights,
    initialState: flags.initialState,
    seed,
  };
  const { vocabularySize } = tokenizer;
  const duration = durationOf(flags, size.train.batches);
  checkTrainingSize(modelOptions, vocabularySize, { batchTokens: largestBatch, workers: flags.workers });
  const optimizer = optimizerOf(flags, duration.span);
  // For each weight: itself, and what the optimizer keeps.
  checkSavedSize(modelOptions, vocabularySize, 1 + optimizer.slots.length);
  const progress = found && progressOf(found.checkpoint, tokenizer, size.train);
  const model = new LanguageModel({ ...modelOptions, tokenizer });
  const resumeFrom = found?.checkpoint.state;
  const training = train(model, {
    ...{ optimizer, clipNorm: flags.clip, workers: flags.workers },
    ...(resumeFrom && { resumeFrom }),
  });
  const run = progress
    ? await RunDirectory.resume(out, progress.epochs)
    : await RunDirectory.create(
        out,
        { ...flags, minutes: duration.minutes, holdOut: shareHeldOut(flags), model: model.config },
        replaces,
      );
  try {
    await run.saveTokenizer(tokenizer);
    const log = runLog(run.path, flags);
    const display = new TrainingDisplay(duration.share, size.train.characters / size.train.tokens);
    display.note(describeTraining(run.path, size, model));
    display.note(describeEpoch(firstEpoch, Math.min(flags.maxLength, flags.maxTokens)));
    if (flags.resume) display.note(describeResumption(found));
    if (log) display.note(`watch it learn: tensorboard --logdir ${shellQuoted(run.path)}`);

    let lastStep: TrainingStep | undefined;
    let exitCode: number | undefined;
    let totals = new EpochTotals(progress?.totals);
    const checkpoints = saveCheckpoints(RunDirectory.checkpoints(run.path), {
      every: flags.checkpointEvery,
      notes: () => ({
        ...({ epochs: run.epochs, totals: { ...totals.toJSON() }, train: { ...size.train } } satisfies Progress),
      }),
    });
    /** Resolves to the validation loss; to nothing where the epoch was recorded before. */
    const recordEpoch = async (epoch: number, beforeRecord: (loss: number) => void): Promise<number | undefined> => {
      if (totals.steps === 0) return undefined;
      const { natsPerToken: trainNatsPerToken, seconds, tokens, ...rates } = totals.summary();
      await run.saveLast(model, { epoch: epoch + 1, trainNatsPerToken });
      const valid = await evaluate(model, validBatches);
      const losses = {
        trainNatsPerToken,
        validNatsPerToken: valid.natsPerToken,
        validBitsPerCharacter: valid.bitsPerCharacter,
      };
      const metrics = { epoch: epoch + 1, seconds, tokens, ...losses, ...rates };
      beforeRecord(valid.natsPerToken);
      const recorded = run.record(model, metrics);
      // It is recorded from now on, and not before: what is saved meanwhile says so.
      totals = new EpochTotals();
      await recorded;
      const step = lastStep?.step ?? (resumeFrom?.steps ?? 1) - 1;
      log?.validation(valid, step);
      const sentence = await sampleSentence(model, seed + epoch);
      log?.text('sample', sentence, step);
      display.epoch(metrics, sentence);
      return valid.natsPerToken;
    };
    // One after the other: a training that is stopped while an epoch is being recorded waits for that.
    let recording: Promise<number | undefined> = Promise.resolve(undefined);
    const endEpoch = (epoch: number, beforeRecord = (_: number) => {}): Promise<number | undefined> => {
      recording = recording.then(() => recordEpoch(epoch, beforeRecord));
      return recording;
    };

    const { interrupted, release } = interruption();
    const isOver = (resumeFrom?.seconds ?? 0) >= duration.seconds;
    const epochBatches = epochs(duration.epochs, batches, {
      afterEach: async (epoch) => {
        const report = (loss: number): void => {
          if (exitCode === undefined) checkpoints.report(loss);
        };
        // What is recorded can be gone on from, at every moment: the first record comes behind a checkpoint.
        const loss = await endEpoch(epoch, run.epochs === 0 ? report : undefined);
        if (loss !== undefined) report(loss);
      },
      ...(resumeFrom && { resumeAt: resumeFrom.resumeAt }),
    });
    // Also where no step is left to make, the model gets the weights of the checkpoint.
    const left: Observable<EpochBatch> = isOver ? EMPTY : epochBatches;
    const steps = left.pipe(
      training,
      log ?? identity,
      tap((step) => {
        lastStep = step;
        totals.add(step);
        display.step(step);
      }),
      // With the step that it ends with: a checkpoint is of the last step.
      takeWhile((step) => step.seconds < duration.seconds, true),
      takeUntil(interrupted.pipe(tap((code) => (exitCode = code)))),
      checkpoints,
    );
    const [ended] = await Promise.allSettled([lastValueFrom(steps, { defaultValue: undefined })]);
    try {
      // Whatever ended the training, an error too: what was learned is saved.
      const epoch = lastStep?.epoch ?? resumeFrom?.resumeAt.epoch;
      if (epoch !== undefined) await endEpoch(epoch);
    } catch (error) {
      // What ended the training is what its owner must hear of.
      if (ended.status === 'fulfilled') throw error;
    } finally {
      release();
    }
    if (ended.status === 'rejected') throw ended.reason;

    if (exitCode !== undefined) {
      display.note(
        lastStep || found
          ? `Stopped. What was learned is in ${run.path}; go on: npm run train -- --resume --out ${shellQuoted(run.path)}`
          : 'Stopped before anything was learned',
      );
      process.exitCode = exitCode;
      return;
    }
    const best = await RunDirectory.loadBest(run.path);
    for (let count = 0; count < SAMPLES_AT_END; count++)
      await printSentence('', sample(best, { temperature: 0.7, seed: seed + count }));
    display.note(
      `More: npm run generate -- --run ${shellQuoted(run.path)} --decoder sample --temperature 0.7 --count 5 --seed ${seed + SAMPLES_AT_END}`,
    );
  } finally {
    run.close();
    model.dispose();
  }
}

/** What a checkpoint of ours notes beside the training's own state. */
interface Progress {
  /** How many epochs were recorded. */
  readonly epochs: number;
  /** Of the epoch that was not over. */
  readonly totals: EpochSums;
  readonly train: PreparedSize;
}

/**
 * What a checkpoint notes.
 * @throws {InvalidArgumentError} when the texts are not those that it was made with.
 */
function progressOf({ notes, tokenizer }: Checkpoint, tokenizerNow: Tokenizer, train: PreparedSize): Progress {
  const progress = notes as Partial<Progress> | null;
  if (!isProgress(progress))
    throw new FileFormatError('Expected a checkpoint of npm run train to go on from, got one of another program');
  const same = isDeepStrictEqual(progress.train, train) && JSON.stringify(tokenizer) === JSON.stringify(tokenizerNow);
  if (same) return progress;
  throw new InvalidArgumentError(
    `Expected the texts that the run began with, of ${progress.train.sentences} sentences and ${progress.train.tokens} tokens, got others, of ${train.sentences} sentences and ${train.tokens} tokens`,
  );
}

function isProgress(notes: Partial<Progress> | null): notes is Progress {
  return typeof notes?.epochs === 'number' && typeof notes.totals === 'object' && typeof notes.train === 'object';
}

/** Where a run goes on, and which checkpoints were damaged. */
function describeResumption(found: FoundCheckpoint | undefined): string {
  if (!found) return 'no checkpoint yet: the run begins';
  const { resumeAt, steps } = found.checkpoint.state;
  return [
    ...found.damaged.map(({ message }) => message),
    `go on after ${steps} steps, in epoch ${resumeAt.epoch + 1}, from ${found.path}`,
  ].join('\n');
}

function optimizerOf(
  { optimizer: name, weightDecay, learningRate: peak }: TrainFlags,
  over: WarmupCosineOptions['over'],
): Optimizer {
  if (weightDecay !== undefined && name !== 'adamW')
    throw new InvalidArgumentError(`Expected --weight-decay beside --optimizer adamW, got --optimizer ${name}`);
  const learningRate = warmupCosine({ peak, over });
  return name === 'adamW' && weightDecay !== undefined
    ? OPTIMIZERS.adamW({ learningRate, weightDecay })
    : OPTIMIZERS[name]({ learningRate });
}

/** When a training ends, and how far it is. */
function durationOf({ epochs: count, minutes = DEFAULT_MINUTES }: TrainFlags, batchesPerEpoch: number) {
  if (count === undefined) {
    const seconds = minutes * 60;
    return {
      minutes,
      epochs: Infinity,
      seconds,
      span: { minutes },
      share: (step: TrainingStep) => step.seconds / seconds,
    };
  }
  const steps = count * batchesPerEpoch;
  const share = ({ step }: TrainingStep): number => (step + 1) / steps;
  return { minutes: undefined, epochs: count, seconds: Infinity, span: { steps }, share };
}

async function sampleSentence(model: LanguageModel, seed: number): Promise<string> {
  let sentence = '';
  for await (const { text } of sample(model, { temperature: 0.7, maxLength: 200, seed })) sentence += text;
  return sentence;
}

/** `runs/lstm-20261124-081604`. */
function defaultOut(cell: string): string {
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return `runs/${cell}-${time}`;
}
