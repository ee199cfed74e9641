import {
  EMPTY,
  identity,
  lastValueFrom,
  type MonoTypeOperatorFunction,
  Observable,
  type OperatorFunction,
  Subject,
  takeUntil,
  takeWhile,
  tap,
} from 'rxjs';
import { checkFunction, checkNumber, checkSignal, FileFormatError, InvalidArgumentError, invalid } from '../errors.js';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { Batch, EpochBatch } from '../pipeline/Batch.js';
import { epochs } from '../pipeline/epochs.js';
import type { Checkpoint, Json } from '../training/checkpoints/Checkpoint.js';
import { type CheckpointSaver, saveCheckpoints } from '../training/checkpoints/saveCheckpoints.js';
import { type EpochSums, EpochTotals } from '../training/EpochTotals.js';
import { evaluate } from '../training/evaluate.js';
import type { TrainingStep } from '../training/TrainingStep.js';
import type { TrainOptions } from '../training/TrainOptions.js';
import { train } from '../training/train.js';
import type { FitEnd, FitEvaluation, FitEvent } from './FitEvent.js';
import { type EpochMetrics, RunDirectory } from './RunDirectory.js';

/** When a training ends: at the first of these that comes. */
export interface FitUntil {
  /** After so many epochs. */
  readonly epochs?: number | undefined;
  /** After so many minutes of training; evaluations do not count. */
  readonly minutes?: number | undefined;
  /** When the loss on the validation text has not become lower for so many epochs in a row. */
  readonly patience?: number | undefined;
}

/** Options of `fit`. */
export interface FitOptions extends Omit<TrainOptions, 'resumeFrom'> {
  /** The batches of an epoch. */
  readonly batches: (epoch: number) => AsyncIterable<Batch>;
  /** What the loss is measured on after each epoch, and at the end. */
  readonly validBatches: AsyncIterable<Batch>;
  /** When the training ends; one of these at least. */
  readonly until: FitUntil;
  /**
   * The directory that the training is kept in: metrics, the best and the last model, checkpoints; or a function that opens it when
   * the training begins. It is closed at the end. Default: nothing is kept.
   */
  readonly run?: RunDirectory | (() => Promise<RunDirectory>) | undefined;
  /** Steps from one checkpoint to the next. Default 100. */
  readonly checkpointEvery?: number | undefined;
  /** What the program wants to find again in `Checkpoint.notes`, beside the members `epochs` and `totals`. Default: nothing. */
  readonly notes?: Readonly<Record<string, Json>> | undefined;
  /** A checkpoint of `fit` to go on from as if the training had never stopped. Default: that of `run`, else from the beginning. */
  readonly resumeFrom?: Checkpoint | undefined;
  /** Makes an operator that sees the steps first, such as `logToTensorBoard`. Default: none. */
  readonly monitor?: ((run: RunDirectory | undefined) => MonoTypeOperatorFunction<TrainingStep>) | undefined;
  /** Is awaited after each evaluation, before the training goes on. */
  readonly afterEvaluation?: ((evaluation: FitEvaluation) => void | Promise<void>) | undefined;
  /** Ends the training after the step that is being made; what was learned is kept. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A whole training: epoch after epoch of steps, the loss on the validation text after each, and, in a run directory, metrics, the best and
 * the last model, and checkpoints to go on from. It begins when it is subscribed to, and ends, with all that was learned kept, when
 * `until` or the signal says so, or nobody listens any more.
 *
 *     fit(model, { ...text, run, optimizer: adam(), until: { patience: 3, minutes: 60 } })
 *       .subscribe((event) => { if (event.type === 'evaluation') console.log(event.metrics.validNatsPerToken); });
 *
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {FileFormatError} when `resumeFrom` is no checkpoint of `fit`.
 * @throws {NonFiniteError} (as the stream's error) when loss or gradients become infinite; also whatever the batches, the run directory or
 *   `afterEvaluation` throw. What was learned is kept then, too.
 */
export function fit(model: LanguageModel, given: FitOptions): Observable<FitEvent> {
  const { until, checkpointEvery = 100, afterEvaluation, monitor, run, signal } = given ?? {};
  const { resumeFrom = run instanceof RunDirectory ? run.checkpoint : undefined } = given;
  const options = { ...given, resumeFrom };
  checkUntil(until);
  checkNumber('checkpointEvery', checkpointEvery, { integer: true, min: 1 });
  for (const [name, action] of Object.entries({ afterEvaluation, monitor }))
    if (action !== undefined) checkFunction(name, action);
  if (run !== undefined && !(run instanceof RunDirectory) && typeof run !== 'function')
    throw invalid('run', 'a RunDirectory or a function that opens one', run);
  checkSignal(signal);
  checkFunction('batches', options.batches);
  const progress = progressIn(resumeFrom);
  const { optimizer, clipNorm, workers } = options;
  const training = train(model, {
    optimizer,
    ...(clipNorm !== undefined && { clipNorm }),
    ...(workers !== undefined && { workers }),
    resumeFrom: resumeFrom?.state,
  });
  return new Observable((subscriber) => {
    const unsubscribed = new AbortController();
    const stop = signal ? AbortSignal.any([signal, unsubscribed.signal]) : unsubscribed.signal;
    const fitting = new Fitting(model, options, training, progress, stop, (event) => subscriber.next(event));
    fitting.run().then(
      (reason) => {
        subscriber.next({ type: 'end', reason });
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
    return () => unsubscribed.abort();
  });
}

function checkUntil(until: FitUntil): void {
  const { epochs, minutes, patience } = until ?? {};
  if (epochs === undefined && minutes === undefined && patience === undefined)
    throw new InvalidArgumentError('Expected until to have epochs, minutes or patience, got none of them', {
      options: ['until'],
    });
  if (epochs !== undefined) checkNumber('until.epochs', epochs, { integer: true, min: 1 });
  if (minutes !== undefined) checkNumber('until.minutes', minutes, { above: 0 });
  if (patience !== undefined) checkNumber('until.patience', patience, { integer: true, min: 1 });
}

/** What a checkpoint of `fit` notes beside the training's own state. */
interface Progress {
  /** How many epochs were recorded. */
  readonly epochs: number;
  /** Of the epoch that was not over. */
  readonly totals: EpochSums;
}

function progressIn(checkpoint: Checkpoint | undefined): Progress | undefined {
  if (!checkpoint) return undefined;
  const notes = checkpoint.notes as Partial<Progress> | null | undefined;
  if (typeof notes?.epochs === 'number' && typeof notes.totals === 'object') return notes as Progress;
  throw new FileFormatError('Expected a checkpoint that fit made, to go on from, got one of another program');
}

/** One subscription of `fit`. */
class Fitting {
  readonly #model: LanguageModel;
  readonly #options: FitOptions;
  readonly #training: OperatorFunction<EpochBatch, TrainingStep>;
  readonly #stop: AbortSignal;
  readonly #emit: (event: FitEvent) => void;
  readonly #seconds: number;
  readonly #patience: number;
  /** Emits when the loss has not become lower for long enough. */
  readonly #learnsNoMore = new Subject<void>();
  #totals: EpochTotals;
  #lastStep: TrainingStep | undefined;
  #end: FitEnd | undefined;
  /** The validation losses of the epochs that are recorded. */
  #losses: number[] = [];
  /** One after the other: a training that is stopped while an epoch is being recorded waits for that. */
  #recording: Promise<number | undefined> = Promise.resolve(undefined);

  constructor(
    model: LanguageModel,
    options: FitOptions,
    training: OperatorFunction<EpochBatch, TrainingStep>,
    progress: Progress | undefined,
    stop: AbortSignal,
    emit: (event: FitEvent) => void,
  ) {
    this.#model = model;
    this.#options = options;
    this.#training = training;
    this.#stop = stop;
    this.#emit = emit;
    this.#seconds = (options.until.minutes ?? Infinity) * 60;
    this.#patience = options.until.patience ?? Infinity;
    this.#totals = new EpochTotals(progress?.totals);
  }

  async run(): Promise<FitEnd> {
    const { run: given } = this.#options;
    const run = typeof given === 'function' ? await given() : given;
    if (run !== undefined && !(run instanceof RunDirectory))
      throw invalid('run', 'a RunDirectory or a function that opens one', run);
    try {
      this.#losses = (run?.metrics ?? []).map(({ validNatsPerToken }) => validNatsPerToken);
      return await this.#trainInto(run);
    } finally {
      run?.close();
    }
  }

  async #trainInto(run: RunDirectory | undefined): Promise<FitEnd> {
    const { batches, until, checkpointEvery = 100, monitor, notes = {}, resumeFrom } = this.#options;
    const checkpoints =
      run &&
      saveCheckpoints(RunDirectory.checkpoints(run.path), {
        every: checkpointEvery,
        notes: () => ({ epochs: run.epochs, totals: { ...this.#totals.toJSON() }, ...notes }),
      });
    const source = epochs(until.epochs ?? Infinity, batches, {
      afterEach: (epoch) => this.#afterEpoch(epoch, run, checkpoints),
      resumeAt: resumeFrom?.state.resumeAt,
    });
    if ((resumeFrom?.state.seconds ?? 0) >= this.#seconds) this.#end = 'minutes';
    else if (this.#isPatienceOver()) this.#end = 'patience';
    else if (this.#stop.aborted) this.#end = 'aborted';
    // Also where no step is left to make, the model gets the weights of the checkpoint.
    const monitoring = monitor?.(run) ?? identity;
    checkFunction('what monitor gives', monitoring);
    const left: Observable<EpochBatch> = this.#end === undefined ? source : EMPTY;
    const steps = left.pipe(
      this.#training,
      monitoring,
      tap((step) => {
        this.#lastStep = step;
        this.#totals.add(step);
      }),
      // With the step that it ends with: a checkpoint is of the last step.
      takeWhile(({ seconds }) => {
        if (seconds >= this.#seconds) this.#end ??= 'minutes';
        return seconds < this.#seconds;
      }, true),
      takeUntil(this.#learnsNoMore),
      takeUntil(abortOf(this.#stop).pipe(tap(() => (this.#end ??= 'aborted')))),
      checkpoints ?? identity,
      // Last: whoever hears of a step and says to stop has it in the checkpoint.
      tap((step) => this.#emit({ type: 'step', step })),
    );
    const [ended] = await Promise.allSettled([lastValueFrom(steps, { defaultValue: undefined })]);
    try {
      // Whatever ended the training, an error too: what was learned is kept.
      const epoch = this.#lastStep?.epoch ?? resumeFrom?.state.resumeAt.epoch;
      if (epoch !== undefined) await this.#record(epoch, run);
    } catch (error) {
      // What ended the training is what its owner must hear of.
      if (ended.status === 'fulfilled') throw error;
    }
    if (ended.status === 'rejected') throw ended.reason;
    return this.#end ?? 'epochs';
  }

  async #afterEpoch(
    epoch: number,
    run: RunDirectory | undefined,
    checkpoints: CheckpointSaver | undefined,
  ): Promise<void> {
    const report = (loss: number): void => {
      if (this.#end === undefined) checkpoints?.report(loss);
    };
    // What is recorded can be gone on from, at every moment: the first record comes behind a checkpoint.
    const loss = await this.#record(epoch, run, this.#losses.length === 0 ? report : undefined);
    if (loss !== undefined) report(loss);
    if (this.#end !== undefined || !this.#isPatienceOver()) return;
    this.#end = 'patience';
    this.#learnsNoMore.next();
  }

  #isPatienceOver(): boolean {
    const best = this.#losses.indexOf(Math.min(...this.#losses));
    return this.#losses.length - 1 - best >= this.#patience;
  }

  /** Resolves to the validation loss; to nothing where the epoch was recorded before. */
  #record(epoch: number, run: RunDirectory | undefined, beforeRecord = (_: number) => {}): Promise<number | undefined> {
    this.#recording = this.#recording.then(async () => {
      if (this.#totals.steps === 0) return undefined;
      const { natsPerToken: trainNatsPerToken, seconds, tokens, ...rates } = this.#totals.summary();
      await run?.saveLast(this.#model, { epoch: epoch + 1, trainNatsPerToken });
      const evaluation = await evaluate(this.#model, this.#options.validBatches);
      const { natsPerToken: validNatsPerToken, bitsPerCharacter: validBitsPerCharacter } = evaluation;
      const losses = { trainNatsPerToken, validNatsPerToken, validBitsPerCharacter };
      const metrics: EpochMetrics = { epoch: epoch + 1, seconds, tokens, ...losses, ...rates };
      beforeRecord(validNatsPerToken);
      const isBest = validNatsPerToken < Math.min(Infinity, ...this.#losses);
      const recorded = run?.record(this.#model, metrics);
      // It is recorded from now on, and not before: what is saved meanwhile says so.
      this.#totals = new EpochTotals();
      this.#losses.push(validNatsPerToken);
      await recorded;
      const step = this.#lastStep?.step ?? (this.#options.resumeFrom?.state.steps ?? 1) - 1;
      const event: FitEvaluation = { type: 'evaluation', metrics, evaluation, isBest, step };
      this.#emit(event);
      await this.#options.afterEvaluation?.(event);
      return validNatsPerToken;
    });
    return this.#recording;
  }
}

/** Emits when a signal says to stop. */
function abortOf(signal: AbortSignal): Observable<void> {
  return new Observable((subscriber) => {
    const tell = (): void => subscriber.next();
    signal.addEventListener('abort', tell);
    return () => signal.removeEventListener('abort', tell);
  });
}
