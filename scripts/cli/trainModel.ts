import { isDeepStrictEqual } from 'node:util';
import { lastValueFrom, tap } from 'rxjs';
import {
  type Checkpoint,
  checkSavedSize,
  checkTrainingSize,
  FileFormatError,
  type FitEvaluation,
  fit,
  InvalidArgumentError,
  LanguageModel,
  type PreparedSize,
  RunDirectory,
  sample,
  type TensorBoardLog,
  type Tokenizer,
  textOf,
} from '../../src/index.js';
import { describeEpoch, describeResumption, describeTraining } from './describeTraining.js';
import { durationOf } from './durationOf.js';
import { interruption } from './interruption.js';
import { loadCell } from './loadCell.js';
import { optimizerOf } from './optimizerOf.js';
import { preparedText, shareHeldOut } from './preparedText.js';
import { printSentence } from './print.js';
import { resumedFlags } from './resumedFlags.js';
import { runLog } from './runLog.js';
import { shellQuoted } from './shellQuoted.js';
import type { TrainFlags } from './TrainFlags.js';
import { TrainingDisplay } from './TrainingDisplay.js';

const SAMPLES_AT_END = 5;

/**
 * Trains a model as the flags say, and streams sentences from it to standard output; all else goes to standard error.
 * `typed` are the names of the flags on the command line.
 */
export async function trainModel(given: TrainFlags, typed: ReadonlySet<string>): Promise<void> {
  const flags = given.resume ? await resumedFlags(given, typed) : given;
  const { seed } = flags;
  const mode = flags.resume ? 'resume' : flags.overwrite ? 'overwrite' : 'new';
  const found = flags.resume && flags.out ? RunDirectory.check(flags.out, mode) : undefined;
  // What a run began with is in its checkpoint: a cell of that name, or its file, may have become another since.
  const cell = found?.cell ?? (await loadCell(flags.cell));
  const out = flags.out ?? defaultOut(typeof cell === 'string' ? cell : cell.name);
  if (!found) RunDirectory.check(out, mode);
  const { tokenizer, batches, validBatches, size, firstEpoch, fingerprint, largestBatch } = await preparedText(flags);
  const { vocabularySize } = tokenizer;
  const { embedding: embeddingSize, hidden: hiddenSize, layers, dropout, forgetBias, tieWeights, initialState } = flags;
  const options = { cell, embeddingSize, hiddenSize, layers, dropout, forgetBias, tieWeights, initialState, seed };
  const duration = durationOf(flags, size.train.batches);
  const optimizer = optimizerOf(flags, duration);
  checkTrainingSize(options, vocabularySize, { batchTokens: largestBatch, workers: flags.workers });
  // For each weight: itself, and what the optimizer keeps.
  checkSavedSize(options, vocabularySize, 1 + optimizer.slots.length);
  if (found) checkSameText(found.checkpoint, tokenizer, size.train);
  const model = new LanguageModel({ ...options, tokenizer });
  const display = new TrainingDisplay(duration.share, size.train.characters / size.train.tokens);
  let log: TensorBoardLog | undefined;
  const sampleAfter = async ({ metrics, evaluation, step }: FitEvaluation): Promise<void> => {
    log?.validation(evaluation, step);
    const sentence = await textOf(sample(model, { temperature: 0.7, maxLength: 200, seed: seed + metrics.epoch - 1 }));
    log?.text('sample', sentence, step);
    display.epoch(metrics, sentence);
  };
  const { stop, release } = interruption();
  try {
    const training = fit(model, {
      ...{
        batches,
        validBatches,
        fingerprint,
        optimizer,
        clipNorm: flags.clip,
        workers: flags.workers,
        until: duration.until,
      },
      ...{ checkpointEvery: flags.checkpointEvery, notes: { train: { ...size.train } }, signal: stop },
      run: async () => {
        const holdOut = shareHeldOut(flags);
        const settings = { ...flags, minutes: duration.until.minutes, holdOut, model: model.config };
        const run = await RunDirectory.open(out, { mode, settings });
        await run.saveTokenizer(tokenizer);
        return run;
      },
      monitor: () => {
        log = runLog(out, flags);
        display.note(describeTraining(out, size, model));
        display.note(describeEpoch(firstEpoch, Math.min(flags.maxLength, flags.maxTokens)));
        if (flags.resume) display.note(describeResumption(found));
        if (log) display.note(`watch it learn: tensorboard --logdir ${shellQuoted(out)}`);
        return log ?? ((steps) => steps);
      },
      afterEvaluation: sampleAfter,
    });
    let madeSteps = false;
    const events = training.pipe(
      tap((event) => {
        if (event.type !== 'step') return;
        madeSteps = true;
        display.step(event.step);
      }),
    );
    const end = await lastValueFrom(events);
    if (end.type === 'end' && end.reason === 'aborted') {
      display.note(
        madeSteps || found
          ? `Stopped. What was learned is in ${out}; go on: npm run train -- --resume --out ${shellQuoted(out)}`
          : 'Stopped before anything was learned',
      );
      process.exitCode = stop.reason;
      return;
    }
    const best = await RunDirectory.loadBest(out);
    for (let count = 0; count < SAMPLES_AT_END; count++)
      await printSentence('', sample(best, { temperature: 0.7, seed: seed + count }));
    display.note(
      `More: npm run generate -- --run ${shellQuoted(out)} --decoder sample --temperature 0.7 --count 5 --seed ${seed + SAMPLES_AT_END}`,
    );
  } finally {
    release();
    model.dispose();
  }
}

/** @throws {InvalidArgumentError} when the texts are not those that a checkpoint was made with. */
function checkSameText({ notes, tokenizer: begunWith }: Checkpoint, tokenizer: Tokenizer, train: PreparedSize): void {
  const { train: begun } = (notes ?? {}) as { train?: PreparedSize };
  if (typeof begun !== 'object')
    throw new FileFormatError('Expected a checkpoint of npm run train to go on from, got one of another program');
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
