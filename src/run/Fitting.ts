import { EMPTY, fromEvent, identity, lastValueFrom, type Observable, Subject, takeUntil, takeWhile, tap } from 'rxjs';
import { checkFunction, InvalidArgumentError } from '../errors.js';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { EpochBatch } from '../pipeline/Batch.js';
import { epochs } from '../pipeline/epochs.js';
import { pipeline } from '../pipeline/pipeline.js';
import type { Checkpoint } from '../training/checkpoints/Checkpoint.js';
import { type CheckpointSaver, saveCheckpoints } from '../training/checkpoints/saveCheckpoints.js';
import { EpochTotals } from '../training/EpochTotals.js';
import { evaluate } from '../training/evaluate.js';
import { Trainer } from '../training/Trainer.js';
import { stepsOf } from '../training/train.js';
import { checkSameText } from './checkSameText.js';
import { type BestLoss, bestAfter, bestOf, type EpochMetrics } from './EpochMetrics.js';
import type { FitEnd, FitEvaluation, FitEvent } from './FitEvent.js';
import type { FitOptions } from './FitOptions.js';
import { progressOf } from './FitProgress.js';
import { fitBest } from './fitBest.js';
import { RunDirectory } from './RunDirectory.js';
import { roundsModel } from './roundsModel.js';

/** One subscription of `fit`. */
export class Fitting {
  readonly #model: LanguageModel;
  readonly #options: FitOptions;
  readonly #run: RunDirectory | undefined;
  readonly #from: Checkpoint | undefined;
  readonly #stop: AbortSignal;
  readonly #emit: (event: FitEvent) => void;
  /** What makes the steps. */
  #trainer: Trainer | undefined;
  readonly #checkpoints: CheckpointSaver | undefined;
  /** Emits when the loss has not become lower for long enough. */
  readonly #learnsNoMore = new Subject<void>();
  /** What was recorded. */
  readonly #metrics: EpochMetrics[];
  /** Of that, and of what was recorded before it was gone on from. */
  #best: BestLoss;
  /** Of the steps since then. */
  #totals: EpochTotals;
  /** Steps made, and the epoch of the last one. */
  #steps: number;
  #epoch: number;
  /** In rounds: the epoch that was on when this member joined. */
  #firstEpoch = 0;
  /** And the last one whose weights were recorded. */
  #recordedRound: number | undefined;
  #end: FitEnd | undefined;
  /** One after the other: a training that is stopped while it is being evaluated waits for that. */
  #recording: Promise<number | undefined> = Promise.resolve(undefined);

  constructor(
    model: LanguageModel,
    options: FitOptions,
    run: RunDirectory | undefined,
    stop: AbortSignal,
    emit: (event: FitEvent) => void,
  ) {
    const { checkpointEvery: every = 100, notes = {}, fingerprint, resumeFrom = run?.checkpoint } = options;
    run?.checkOpen();
    if (run?.checkpoint !== undefined && resumeFrom !== run.checkpoint)
      throw new InvalidArgumentError('Expected no resumeFrom beside a run that has a checkpoint of its own, got both', {
        options: ['resumeFrom', 'run'],
      });
    if (options.rounds && run?.checkpoint !== undefined)
      throw new InvalidArgumentError(
        'Expected a new run beside rounds, which give the newest weights, got one to go on from',
        {
          options: ['run', 'rounds'],
        },
      );
    this.#model = model;
    this.#options = options;
    this.#run = run;
    this.#from = resumeFrom;
    this.#stop = stop;
    this.#emit = emit;
    this.#metrics = [...(run?.metrics ?? [])];
    if (resumeFrom) checkSameText(resumeFrom, model.tokenizer, fingerprint);
    const begun = resumeFrom && progressOf(resumeFrom);
    this.#best = begun?.best ?? bestOf(this.#metrics);
    this.#totals = new EpochTotals(begun?.totals);
    this.#steps = resumeFrom?.state.steps ?? 0;
    this.#epoch = resumeFrom?.state.resumeAt.epoch ?? 0;
    const ofText = fingerprint === undefined ? {} : { fingerprint };
    const progress = () => ({
      epochs: this.#metrics.length,
      totals: { ...this.#totals.toJSON() },
      // JSON has no infinity.
      ...(Number.isFinite(this.#best.natsPerToken) && { best: { ...this.#best } }),
      ...ofText,
      ...notes,
    });
    // What is learned in rounds is kept by them.
    const isAlone = options.rounds === undefined;
    this.#checkpoints =
      run && isAlone ? saveCheckpoints(RunDirectory.checkpoints(run.path), { every, notes: progress }) : undefined;
  }

  /** Trains to the end; throws what ended it before. */
  async train(): Promise<FitEnd> {
    const { optimizer, clipNorm, workers, carryState, averageDecay } = this.#options;
    const { labelSmoothing, pastDecode, precision, rounds } = this.#options;
    // Also where no step is left to make, the model gets the weights of the checkpoint.
    const trainer = new Trainer(this.#model, {
      optimizer,
      clipNorm,
      workers,
      carryState,
      averageDecay,
      labelSmoothing,
      pastDecode,
      precision,
      resumeFrom: this.#from?.state,
    });
    this.#trainer = trainer;
    const [stepped] = await Promise.allSettled([this.#makeSteps(trainer)]);
    const [shared] = await Promise.allSettled([rounds?.end(stepped.status === 'rejected')]);
    const ended = stepped.status === 'rejected' ? stepped : shared;
    try {
      // Whatever ended the training, an error too: what was learned is kept.
      if (this.#run || ended.status === 'fulfilled') await this.#record(undefined, true);
    } catch (error) {
      // What ended the training is what its owner must hear of.
      if (ended.status === 'fulfilled') throw error;
    }
    if (ended.status === 'rejected') throw ended.reason;
    // Who was told to stop goes on another time.
    if (this.#run && this.#options.fitTemperature && this.#end !== 'aborted') {
      const fitted = await fitBest(this.#run, this.#options.validBatches, this.#stop);
      if (fitted) this.#emit(fitted);
      else if (this.#stop.aborted) return 'aborted';
    }
    return this.#end ?? 'epochs';
  }

  async #makeSteps(trainer: Trainer): Promise<void> {
    try {
      const { monitor, rounds } = this.#options;
      await rounds?.begin(roundsModel(this.#model));
      this.#end = this.#endAfter(this.#steps, this.#from?.state.seconds ?? 0);
      if (this.#isPatienceOver()) this.#end ??= 'patience';
      if (this.#stop.aborted) this.#end ??= 'aborted';
      const monitoring = monitor?.(this.#run) ?? identity;
      checkFunction('what monitor gives', monitoring);
      const batches: Observable<EpochBatch> = this.#end === undefined ? this.#batches(trainer) : EMPTY;
      const steps = batches.pipe(
        stepsOf(trainer),
        monitoring,
        tap((step) => {
          rounds?.learned();
          this.#steps = step.step + 1;
          this.#epoch = this.#firstEpoch + step.epoch;
          this.#totals.add(step);
        }),
        // With the step that it ends with: a checkpoint is of the last step.
        takeWhile(({ step, seconds }) => {
          const end = this.#endAfter(step + 1, seconds);
          this.#end ??= end;
          return end === undefined;
        }, true),
        takeUntil(this.#learnsNoMore),
        takeUntil(fromEvent(this.#stop, 'abort').pipe(tap(() => (this.#end ??= 'aborted')))),
        this.#checkpoints ?? identity,
        // Last: whoever hears of a step and says to stop has it in the checkpoint.
        tap((step) => this.#emit({ type: 'step', step })),
      );
      await lastValueFrom(steps, { defaultValue: undefined });
    } finally {
      trainer.dispose();
    }
  }

  /** Epoch after epoch, evaluations between. */
  #batches(trainer: Trainer): Observable<EpochBatch> {
    const { batches, until, evaluateEvery = 'epoch', rounds } = this.#options;
    const count = until.epochs ?? Infinity;
    if (rounds) return pipeline(this.#inRounds(count, trainer));
    const resumeAt = this.#from?.state.resumeAt;
    if (evaluateEvery === 'epoch') return epochs(count, batches, { resumeAt, afterEach: () => this.#evaluate() });
    return pipeline(this.#evaluatedEvery(evaluateEvery, epochs(count, batches, { resumeAt }), trainer));
  }

  async *#evaluatedEvery(
    every: number,
    batches: AsyncIterable<EpochBatch>,
    trainer: Trainer,
  ): AsyncGenerator<EpochBatch> {
    const evaluateWhereDue = async (): Promise<void> => {
      if (this.#steps % every !== 0) return;
      await this.#evaluate();
      trainer.skipPause();
    };
    // A training that was stopped when an evaluation was due goes on with that.
    await evaluateWhereDue();
    for await (const batch of batches) {
      yield batch;
      await evaluateWhereDue();
      if (this.#end !== undefined) return;
    }
  }

  /** Epoch after epoch: of those that were over before this member joined, there are no batches. */
  async *#inRounds(count: number, trainer: Trainer): AsyncGenerator<EpochBatch> {
    const { batches, evaluateEvery = 'epoch' } = this.#options;
    for (let epoch = 0; epoch < count; epoch++) {
      let index = 0;
      for await (const batch of batches(epoch)) {
        // A training begins with the first epoch that it sees.
        if (this.#steps === 0) this.#firstEpoch = epoch;
        yield { ...batch, epoch: epoch - this.#firstEpoch, index: index++ };
        if (typeof evaluateEvery === 'number' && this.#steps % evaluateEvery === 0) await this.#evaluate();
      }
      if (evaluateEvery === 'epoch') await this.#evaluate();
      trainer.skipPause();
      if (this.#end !== undefined) return;
    }
  }

  #endAfter(steps: number, seconds: number): FitEnd | undefined {
    const { until } = this.#options;
    if (steps >= (until.steps ?? Infinity)) return 'steps';
    return seconds >= (until.minutes ?? Infinity) * 60 ? 'minutes' : undefined;
  }

  #isPatienceOver(): boolean {
    return this.#best.evaluationsSince >= (this.#options.until.patience ?? Infinity);
  }

  async #evaluate(): Promise<void> {
    const report = (loss: number): void => {
      if (this.#end === undefined) this.#checkpoints?.report(loss);
    };
    // What is recorded can be gone on from, at every moment: the first record comes behind a checkpoint.
    const loss = await this.#record(this.#metrics.length === 0 ? report : undefined);
    if (loss !== undefined) report(loss);
    if (this.#end !== undefined || !this.#isPatienceOver()) return;
    this.#end = 'patience';
    this.#learnsNoMore.next();
  }

  /**
   * Resolves to the validation loss; to nothing where no step was made since it was recorded, unless it is the last time, and other members of
   * a training in rounds made some.
   */
  #record(beforeRecord = (_: number) => {}, isLast = false): Promise<number | undefined> {
    const averaged = <R>(action: () => Promise<R>): Promise<R> => this.#trainer?.averaged(action) ?? action();
    const record = async (): Promise<number | undefined> => {
      const round = this.#options.rounds?.place.round;
      if (this.#totals.steps === 0 && !(isLast && round !== this.#recordedRound)) return undefined;
      this.#recordedRound = round;
      const { natsPerToken: trainNatsPerToken, seconds, tokens, ...rates } = this.#totals.summary();
      const place = { epoch: this.#epoch + 1, steps: this.#steps };
      await this.#run?.saveLast(this.#model, { ...place, trainNatsPerToken });
      const { validBatches } = this.#options;
      const evaluation = await (this.#trainer?.evaluate(validBatches) ?? evaluate(this.#model, validBatches));
      const { natsPerToken: validNatsPerToken, bitsPerCharacter: validBitsPerCharacter } = evaluation;
      const losses = { trainNatsPerToken, validNatsPerToken, validBitsPerCharacter };
      const metrics: EpochMetrics = { ...place, seconds, tokens, ...losses, ...rates, ...this.#options.rounds?.place };
      beforeRecord(validNatsPerToken);
      const isBest = validNatsPerToken < this.#best.natsPerToken;
      const recorded = this.#run?.record(this.#model, metrics);
      // It is recorded from now on, and not before: what is saved meanwhile says so.
      this.#totals = new EpochTotals();
      this.#metrics.push(metrics);
      this.#best = bestAfter(this.#best, validNatsPerToken);
      await recorded;
      const event: FitEvaluation = { type: 'evaluation', metrics, evaluation, isBest, step: this.#steps - 1 };
      this.#emit(event);
      await this.#options.afterEvaluation?.(event);
      return validNatsPerToken;
    };
    this.#recording = this.#recording.then(() => averaged(record));
    return this.#recording;
  }
}
