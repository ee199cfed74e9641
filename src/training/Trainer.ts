import { checkIterable, InspectionError, InvalidArgumentError, NonFiniteError } from '../errors.js';
import type { LanguageModel } from '../model/LanguageModel.js';
import { mapValues } from '../model/mapValues.js';
import type { RecurrentState } from '../model/RecurrentState.js';
import type { Batch, EpochBatch } from '../pipeline/Batch.js';
import { tf } from '../tf.js';
import { checkCell, checkFollows, placeOf } from './checkResumption.js';
import { clippingFactor, globalNorm } from './clipping.js';
import { carrying, type Evaluation, evaluate, evaluateBy } from './evaluate.js';
import { type Learned, learnedOf } from './Learned.js';
import { learningRateAt } from './learningRate.js';
import { type CarriedFrom, type LossAndGradients, lossAndGradients } from './lossAndGradients.js';
import { lossAndState } from './lossAndState.js';
import type { Optimizer } from './Optimizer.js';
import { WorkerPool } from './parallel/WorkerPool.js';
import { RowStates } from './RowStates.js';
import { StepInspection, untilEnd } from './StepInspection.js';
import { StopWatch } from './StopWatch.js';
import type { TrainingState } from './TrainingState.js';
import type { TrainingStep } from './TrainingStep.js';
import { checkTrainOptions, type TrainOptions } from './TrainOptions.js';
import { unmaskedTokens } from './unmaskedTokens.js';
import { WeightUpdater } from './WeightUpdater.js';

/**
 * A training, step by step, for programs that have their own loop; `train` is it as an operator. It holds the optimizer's memory and
 * the workers until `dispose()`.
 *
 *     const trainer = new Trainer(model, { optimizer: adam(), clipNorm: 5 });
 *     for await (const batch of epochs(20, batches)) console.log(trainer.step(batch).loss);
 *     trainer.dispose();
 */
export class Trainer {
  readonly #model: LanguageModel;
  readonly #optimizer: Optimizer;
  readonly #clipNorm: number;
  readonly #learned: Learned;
  readonly #updater: WeightUpdater;
  readonly #pool: WorkerPool | undefined;
  readonly #watch: StopWatch;
  readonly #resumeFrom: TrainingState | undefined;
  /** With `carryState`. */
  readonly #rows: RowStates | undefined;
  /** Where the next batch stands, and whether one came before it. */
  #resumeAt: TrainingState['resumeAt'];
  #hasBegun = false;
  #isOver = false;
  /** Ends the inspection of the last step. */
  #release = (): void => {};

  /**
   * Begins or resumes a training; waits until the workers are ready.
   * @throws {InvalidArgumentError} when an option cannot be used, gradients and the optimizer's memory of this model do not fit
   *   into the machine's, or the state is of another model or optimizer.
   * @throws {WorkerError} when a worker does not start.
   */
  constructor(model: LanguageModel, options: TrainOptions) {
    checkTrainOptions(model, options);
    const {
      optimizer,
      clipNorm = Number.MAX_VALUE,
      workers = 1,
      carryState = false,
      averageDecay,
      labelSmoothing,
      pastDecode,
      precision,
      resumeFrom,
    } = options;
    checkCell(model, resumeFrom);
    this.#model = model;
    this.#optimizer = optimizer;
    this.#clipNorm = clipNorm;
    this.#resumeFrom = resumeFrom;
    this.#resumeAt = resumeFrom?.resumeAt ?? { epoch: 0, index: 0 };
    this.#rows = carryState ? new RowStates(resumeFrom?.carried) : undefined;
    const learned = learnedOf(model, { labelSmoothing, pastDecode, precision });
    this.#learned = learned;
    try {
      this.#updater = new WeightUpdater(learned.weights, optimizer, resumeFrom, averageDecay);
    } catch (error) {
      learned.dispose();
      throw error;
    }
    try {
      this.#pool = workers === 1 ? undefined : new WorkerPool(model, workers, { learned });
    } catch (error) {
      this.#updater.dispose();
      learned.dispose();
      throw error;
    }
    this.#watch = new StopWatch(resumeFrom?.seconds);
  }

  /**
   * Updates the weights once, by the gradients of a batch. What its `inspect()` gives lives until the next step, `release()`
   * or `dispose()`.
   * @throws {InvalidArgumentError} when the batch is not for this model, has no tokens, is the first and not the one that comes
   *   next, with `carryState` does not go on where the one before ended, without it goes on at all, or the trainer is disposed of.
   * @throws {NonFiniteError} when loss or gradient is not finite; the weights stay as they were.
   * @throws {WorkerError} when a worker fails, ends or does not answer; likewise.
   */
  step(batch: Batch | EpochBatch): TrainingStep {
    if (this.#isOver)
      throw new InvalidArgumentError('Expected a step before the trainer was disposed of, got one after that');
    this.release();
    const step = this.#updater.steps;
    const { epoch, index } = placeOf(batch, step);
    if (!this.#hasBegun) checkFollows(batch, { epoch, index }, this.#resumeFrom);
    this.#watch.begin(epoch);
    const learningRate = learningRateAt(this.#optimizer.learningRate, { step, seconds: this.#watch.seconds });
    const tokens = unmaskedTokens(batch);
    if (!(tokens > 0)) throw new InvalidArgumentError(`Expected tokens in batch ${index} of epoch ${epoch}, got none`);
    if (!this.#rows && batch.begins instanceof Uint8Array && batch.begins.includes(0))
      throw new InvalidArgumentError(
        `Expected carryState, as rows of batch ${index} of epoch ${epoch} go on from the batch before, got none`,
        { options: ['carryState'] },
      );
    const from = this.#rows && { state: this.#rows.before(batch) };
    // Not handed out of tidy, which would look at every number.
    let stateBehind: RecurrentState | undefined;
    const { loss, gradientNorm, clippedNorm, tensors } = tf.tidy(() => {
      const { loss, gradients, state } = this.#lossAndGradients(batch, tokens, { epoch, index }, from);
      stateBehind = state;
      const measured = { loss, gradientNorm: globalNorm(Object.values(gradients)) };
      checkFinite(measured, epoch, index);
      // Copies of references, not of numbers.
      const weights = mapValues(this.#learned.weights, (weight) => tf.clone(weight));
      const factor = clippingFactor(measured.gradientNorm, this.#clipNorm);
      this.#updater.apply(gradients, factor, learningRate);
      return { ...measured, clippedNorm: factor * measured.gradientNorm, tensors: { gradients, weights } };
    });
    if (stateBehind) this.#rows?.after(batch, stateBehind);
    this.#hasBegun = true;
    this.#resumeAt = { epoch, index: index + 1 };
    const { inspect, end } = untilEnd(new StepInspection(this.#model, batch, { epoch, index }, tensors, from?.state));
    this.#release = end;
    return {
      epoch,
      index,
      step,
      loss,
      tokens,
      paddedPlaces: batch.size * batch.length - batch.tokens,
      gradientNorm,
      clippedNorm,
      learningRate,
      tokensPerSecond: tokens / this.#watch.end(),
      seconds: this.#watch.seconds,
      inspect,
      state: this.#stateAfter(step),
    };
  }

  /**
   * All that is needed to go on after the last step, copied: `resumeFrom`.
   * @throws {InspectionError} when the trainer is disposed of.
   */
  state(): TrainingState {
    return this.#stateAfter(this.#updater.steps - 1)();
  }

  /**
   * Does something while the model has the mean of its weights, with `averageDecay`: evaluate it, save it, let it write. Steps are not to be made
   * meanwhile. Behind the end of the training, the model has it anyway.
   */
  async averaged<T>(action: () => T | Promise<T>): Promise<T> {
    if (this.#isOver) return action();
    this.#updater.showAverage();
    try {
      return await action();
    } finally {
      if (!this.#isOver) this.#updater.showWeights();
    }
  }

  /**
   * What `evaluate` gives of the model as it is, computed by the workers, too; inside of `averaged`, of the mean of its weights.
   * @throws {SourceError} when there is no batch.
   * @throws {InvalidArgumentError} on a batch that is not for this model, or of text that goes on, but not from the one before.
   * @throws {NonFiniteError} when the loss is not finite.
   * @throws {WorkerError} when a worker fails, ends or does not answer.
   */
  async evaluate(batches: AsyncIterable<Batch>): Promise<Evaluation> {
    const pool = this.#pool;
    if (!pool || this.#isOver) return evaluate(this.#model, batches);
    checkIterable('batches', 'batches that can be iterated', batches);
    // Who makes a step meanwhile changes the weights of all.
    let stepsBefore: number | undefined;
    const lossOf = carrying((batch, carried) => {
      // Who is stopped meanwhile has no workers any more.
      if (this.#isOver) return lossAndState(this.#model, batch, carried);
      const made = pool.lossAndState(batch, carried, stepsBefore === this.#updater.steps);
      stepsBefore = this.#updater.steps;
      return made;
    });
    return evaluateBy(this.#model.tokenizer, batches, lossOf);
  }

  /** Says that the time since the last step was not spent on training, as between two epochs: call it after an evaluation. */
  skipPause(): void {
    this.#watch.skip();
  }

  /** Frees what the last step can be inspected by, which the next step does otherwise. */
  release(): void {
    this.#release();
  }

  /** Frees the optimizer's memory and lets the workers end; the model stays, with `averageDecay` as the mean. May be called again. */
  dispose(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.release();
    this.#updater.dispose();
    this.#learned.dispose();
    this.#pool?.close();
  }

  /** `dispose()`, at the end of a `using` declaration's block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Where all gradients come from. */
  #lossAndGradients(
    batch: Batch,
    tokens: number,
    place: { epoch: number; index: number },
    carried: CarriedFrom | undefined,
  ): LossAndGradients {
    return this.#pool
      ? this.#pool.lossAndGradients(batch, tokens, place, carried)
      : lossAndGradients(this.#model, batch, tokens, place, carried, this.#learned);
  }

  // A function made in `step` would hold the batch for as long as somebody holds the step.
  /** Gives the state after a step, for as long as it is the last one. */
  #stateAfter(step: number): () => TrainingState {
    return () => {
      if (this.#isOver || this.#updater.steps !== step + 1)
        throw new InspectionError(
          `Expected the state of step ${step} to be asked for before the next step and the end of the training, got a call after that`,
        );
      const { seconds } = this.#watch;
      const carried = this.#rows?.carried;
      const state = { resumeAt: this.#resumeAt, seconds, cell: this.#model.cellRecord, ...this.#updater.numbers() };
      return carried ? { ...state, carried } : state;
    };
  }
}

function checkFinite(values: { loss: number; gradientNorm: number }, epoch: number, index: number): void {
  for (const [name, value] of Object.entries(values))
    if (!Number.isFinite(value))
      throw new NonFiniteError(
        `Expected a finite ${name} at batch ${index} of epoch ${epoch}, got ${value}. The weights are those before this batch; a lower learningRate or clipNorm may help.`,
        { options: ['learningRate', 'clipNorm'] },
      );
}
