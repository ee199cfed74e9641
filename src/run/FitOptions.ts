import type { MonoTypeOperatorFunction } from 'rxjs';
import {
  checkFunction,
  checkIterable,
  checkNumber,
  checkSignal,
  checkString,
  InvalidArgumentError,
  invalid,
} from '../errors.js';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { Batch } from '../pipeline/Batch.js';
import type { Checkpoint, Json } from '../training/checkpoints/Checkpoint.js';
import type { TrainingStep } from '../training/TrainingStep.js';
import { checkTrainOptions, type TrainOptions } from '../training/TrainOptions.js';
import type { FitEvaluation } from './FitEvent.js';
import { OWN_NOTES, progressOf } from './FitProgress.js';
import type { Rounds } from './Rounds.js';
import { RunDirectory } from './RunDirectory.js';

/** When a training ends: at the first of these that comes. */
export interface FitUntil {
  /** After so many epochs. */
  readonly epochs?: number | undefined;
  /** After so many steps. */
  readonly steps?: number | undefined;
  /** After so many minutes of training; evaluations do not count. */
  readonly minutes?: number | undefined;
  /** When the loss on the validation text has not become lower at so many evaluations in a row. */
  readonly patience?: number | undefined;
}

/** Options of `fit`. */
export interface FitOptions extends Omit<TrainOptions, 'resumeFrom'> {
  /** The batches of an epoch. */
  readonly batches: (epoch: number) => AsyncIterable<Batch>;
  /** What the loss is measured on at an evaluation. */
  readonly validBatches: AsyncIterable<Batch>;
  /**
   * What tells the text from others, as `prepareText` gives it: a training that goes on must have begun with the same. Default: whoever
   * goes on sees to that.
   */
  readonly fingerprint?: string | undefined;
  /** When the training ends; one of these at least. */
  readonly until: FitUntil;
  /** After what the model is evaluated: each epoch, or so many steps; at the end it is in any case. Default `'epoch'`. */
  readonly evaluateEvery?: 'epoch' | number | undefined;
  /**
   * The directory that the training is kept in: metrics, the best and the last model, checkpoints; or a function that opens it when
   * the training begins. It is closed at the end. Default: nothing is kept.
   */
  readonly run?: RunDirectory | (() => Promise<RunDirectory>) | undefined;
  /**
   * When the training ends by `until`: the softmax temperature of the best model of `run` is fitted on the validation text, and saved with it
   * (see the function `fitTemperature`). The model that is trained, and checkpoints, stay as they are. Default `false`.
   */
  readonly fitTemperature?: boolean | undefined;
  /** Steps from one checkpoint to the next. Default 100. */
  readonly checkpointEvery?: number | undefined;
  /**
   * What the program wants to find again in `Checkpoint.notes`, beside the members `epochs`, `totals`, `fingerprint` and `best`, which
   * are `fit`'s own. Default: nothing.
   */
  readonly notes?: Readonly<Record<string, Json>> | undefined;
  /**
   * A checkpoint of `fit` to go on from as if the training had never stopped; not beside a `run` that has one of its own. Default: that
   * of `run`, else from the beginning.
   */
  readonly resumeFrom?: Checkpoint | undefined;
  /**
   * Shares the training with other machines, as `joinRounds` of `babblebrook/cluster` gives it: with its `batches`. Weights are kept by
   * the rounds, so there are no checkpoints, and nothing is resumed: who died joins again. Default: this process trains alone.
   */
  readonly rounds?: Rounds | undefined;
  /** Makes an operator that sees the steps first, such as `logToTensorBoard`. Default: none. */
  readonly monitor?: ((run: RunDirectory | undefined) => MonoTypeOperatorFunction<TrainingStep>) | undefined;
  /** Is awaited after each evaluation, before the training goes on. */
  readonly afterEvaluation?: ((evaluation: FitEvaluation) => void | Promise<void>) | undefined;
  /** Ends the training after the step that is being made; what was learned is kept. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {FileFormatError} when `resumeFrom` is no checkpoint of `fit`.
 */
export function checkFitOptions(model: LanguageModel, options: FitOptions): void {
  const {
    batches,
    validBatches,
    notes,
    until,
    evaluateEvery = 'epoch',
    run,
    checkpointEvery,
    resumeFrom,
    signal,
  } = options;
  const { monitor, afterEvaluation, fingerprint } = options;
  checkUntil(until);
  if (evaluateEvery !== 'epoch') checkNumber('evaluateEvery', evaluateEvery, { integer: true, min: 1 });
  if (checkpointEvery !== undefined) checkNumber('checkpointEvery', checkpointEvery, { integer: true, min: 1 });
  for (const [name, action] of Object.entries({ afterEvaluation, monitor }))
    if (action !== undefined) checkFunction(name, action);
  if (typeof run !== 'function') checkRun(run);
  checkSignal(signal);
  checkFunction('batches', batches);
  checkIterable('validBatches', 'batches that can be iterated', validBatches);
  checkNotes(notes);
  if (fingerprint !== undefined) checkString('fingerprint', fingerprint);
  if (resumeFrom !== undefined) progressOf(resumeFrom);
  checkRounds(options);
  checkTemperature(model, options);
  checkTrainOptions(model, { ...options, resumeFrom: resumeFrom?.state });
}

/** @throws {InvalidArgumentError} when rounds are none, or something is given that they do not go with. */
function checkRounds({ rounds, resumeFrom, carryState, averageDecay, pastDecode }: FitOptions): void {
  if (rounds === undefined) return;
  for (const name of ['begin', 'batches', 'learned', 'end'] as const)
    if (typeof rounds?.[name] !== 'function') throw invalid('rounds', 'what joinRounds gives', rounds);
  if (resumeFrom !== undefined)
    throw new InvalidArgumentError('Expected no resumeFrom beside rounds, which give the newest weights, got both', {
      options: ['resumeFrom', 'rounds'],
    });
  if (averageDecay !== undefined)
    throw new InvalidArgumentError('Expected no averageDecay beside rounds, which agree on the weights, got both', {
      options: ['averageDecay', 'rounds'],
    });
  if (pastDecode)
    throw new InvalidArgumentError('Expected no pastDecode beside rounds, which share the model alone, got both', {
      options: ['pastDecode', 'rounds'],
    });
  if (carryState)
    throw new InvalidArgumentError('Expected no carryState beside rounds, whose pieces go to any member, got both', {
      options: ['carryState', 'rounds'],
    });
}

/** @throws {InvalidArgumentError} when the temperature of the best model cannot be fitted: nothing keeps it, or its projection is tied. */
function checkTemperature({ config }: LanguageModel, { fitTemperature, run }: FitOptions): void {
  if (fitTemperature === undefined) return;
  if (typeof fitTemperature !== 'boolean') throw invalid('fitTemperature', 'true or false', fitTemperature);
  if (!fitTemperature) return;
  if (run === undefined)
    throw new InvalidArgumentError(
      'Expected run beside fitTemperature, which is of the best model that it keeps, got none',
      {
        options: ['fitTemperature', 'run'],
      },
    );
  if (config.tieWeights)
    throw new InvalidArgumentError(
      'Expected a model with a projection of its own beside fitTemperature, got one with tieWeights',
      { options: ['fitTemperature', 'model'] },
    );
}

/** @throws {InvalidArgumentError} when notes are no object, or have a member that is `fit`'s own. */
function checkNotes(notes: FitOptions['notes']): void {
  if (notes === undefined) return;
  if (typeof notes !== 'object' || notes === null) throw invalid('notes', 'an object', notes);
  const own = OWN_NOTES.find((name) => Object.hasOwn(notes, name));
  if (own !== undefined)
    throw new InvalidArgumentError(`Expected notes without ${OWN_NOTES.join(', ')}, which fit notes, got ${own}`, {
      options: ['notes'],
    });
}

/** @throws {InvalidArgumentError} when a run is there, and is none. */
export function checkRun(run: unknown): void {
  if (run !== undefined && !(run instanceof RunDirectory))
    throw invalid('run', 'a RunDirectory or a function that opens one', run);
}

/** @throws {InvalidArgumentError} when it is not said when a training ends, or a limit cannot be used. */
export function checkUntil(until: FitUntil): void {
  const { epochs, steps, minutes, patience } = until ?? {};
  const counts = { epochs, steps, patience };
  if ([...Object.values(counts), minutes].every((limit) => limit === undefined))
    throw new InvalidArgumentError('Expected until to have epochs, steps, minutes or patience, got none of them', {
      options: ['until'],
    });
  for (const [name, count] of Object.entries(counts))
    if (count !== undefined) checkNumber(`until.${name}`, count, { integer: true, min: 1 });
  if (minutes !== undefined) checkNumber('until.minutes', minutes, { above: 0 });
}
