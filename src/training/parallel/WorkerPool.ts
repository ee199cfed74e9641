import type { Tensor } from '@tensorflow/tfjs';
import { backendReport } from '../../model/backend.js';
import { checkBatch } from '../../model/checkBatch.js';
import type { DropoutPlace } from '../../model/dropoutMask.js';
import type { LanguageModel } from '../../model/LanguageModel.js';
import { mapValues } from '../../model/mapValues.js';
import type { RecurrentState } from '../../model/RecurrentState.js';
import type { Batch } from '../../pipeline/Batch.js';
import { tf } from '../../tf.js';
import { type Learned, learnedOf } from '../Learned.js';
import { type CarriedFrom, type LossAndGradients, lossAndGradients } from '../lossAndGradients.js';
import { type LossAndState, lossAndState } from '../lossAndState.js';
import { type BatchPart, cutBatch } from './cutBatch.js';
import type { GradientTask, Task } from './messages.js';
import { joinStates, rowsOfState } from './rowsOfState.js';
import { countOf, readTensors, sharedNumbers, writeTensors } from './sharedNumbers.js';
import { WorkerHandle } from './WorkerHandle.js';
import { warmUp } from './warmUp.js';

/** How long the main thread waits for a worker, in milliseconds. */
export interface Patience {
  /** For it to be ready. */
  readonly start: number;
  /** For its answer, once the main thread is done with its own part, and this many times as long as that took. */
  readonly step: number;
  readonly times: number;
}

const PATIENCE: Patience = { start: 60_000, step: 30_000, times: 10 };

/** Options of `WorkerPool`; tests have other scripts and patience. */
export interface WorkerPoolOptions {
  /** What is learned. Default: the model. */
  readonly learned?: Learned | undefined;
  /** What the workers run. */
  readonly script?: URL | undefined;
  readonly patience?: Patience | undefined;
}

interface Member {
  readonly worker: WorkerHandle;
  readonly gradients: Float32Array;
  /** Which of the weights that were written it has. */
  version: number;
}

/**
 * Computes losses and gradients on several threads: the main thread, and a worker for each other.
 *
 * Each takes a part of the batch. The weights go to the workers, and their gradients come back, through shared memory. The
 * gradients are added up in the order of the workers, so the same number of workers gives the same bits.
 */
export class WorkerPool {
  readonly #model: LanguageModel;
  readonly #patience: Patience;
  readonly #learned: Learned;
  readonly #weights: Float32Array;
  readonly #members: Member[] = [];
  /** How often weights were written for the workers. */
  #version = 0;

  /**
   * Starts the workers and waits until they are ready. `count` counts the main thread.
   * @throws {BackendError} when a worker cannot use the backend that the main thread uses.
   * @throws {WorkerError} when a worker does not start.
   */
  constructor(
    model: LanguageModel,
    count: number,
    { learned = learnedOf(model), script, patience = PATIENCE }: WorkerPoolOptions = {},
  ) {
    this.#model = model;
    this.#patience = patience;
    this.#learned = learned;
    const { cellRecord, config, tokenizer } = model;
    const { vocabularySize, eosId } = tokenizer;
    const { backend } = backendReport();
    const size = countOf(learned.weights);
    const weights = sharedNumbers(size);
    this.#weights = weights;
    warmUp(model, learned);
    this.#orClose(() => {
      for (let number = 2; number <= count; number++) {
        const gradients = sharedNumbers(size);
        const start = {
          cell: cellRecord,
          config,
          vocabularySize,
          eosId,
          objective: learned.options,
          weights,
          gradients,
        };
        const worker = new WorkerHandle(start, { name: `worker ${number} of ${count}`, backend, script });
        this.#members.push({ worker, gradients, version: 0 });
      }
      for (const { worker } of this.#members) worker.receive(patience.start);
    });
  }

  /**
   * The total loss of a batch divided by `tokens`, and its gradients, which the caller disposes of.
   * @throws {InvalidArgumentError} when the batch is not one for the model.
   * @throws {WorkerError} when a worker has ended, fails, or does not answer in time.
   */
  lossAndGradients(
    batch: Batch,
    tokens: number,
    place: DropoutPlace,
    carried?: CarriedFrom | undefined,
  ): LossAndGradients {
    checkBatch(batch, this.#model.tokenizer.vocabularySize);
    return this.#orClose(() => {
      let state: RecurrentState | undefined;
      const computed = tf.tidy(() => {
        const shared = this.#share(batch, carried, { tokens, place }, (task) =>
          lossAndGradients(
            this.#model,
            task.batch,
            tokens,
            task.gradients?.place ?? place,
            task.carried,
            this.#learned,
          ),
        );
        const { own, loss } = shared;
        state = shared.state;
        const others = shared.busy.map(({ gradients }) => readTensors(gradients, own.gradients));
        const gradients = mapValues(own.gradients, (gradient, name) =>
          tf.addN([gradient, ...others.map((part) => part[name] as Tensor)]),
        );
        return { loss, gradients };
      });
      return { ...computed, state };
    });
  }

  /**
   * Σ mask·(−log p) of a batch in nats, without dropout, and where rows are carried, the state behind it. With `sameWeights`, they are
   * those of the call before.
   * @throws {InvalidArgumentError} when the batch is not one for the model.
   * @throws {WorkerError} when a worker has ended, fails, or does not answer in time.
   */
  lossAndState(batch: Batch, carried: CarriedFrom | undefined, sameWeights: boolean): LossAndState {
    checkBatch(batch, this.#model.tokenizer.vocabularySize);
    return this.#orClose(() => {
      const compute = (task: Task): LossAndState => lossAndState(this.#model, task.batch, task.carried);
      const { loss, state } = this.#share(batch, carried, undefined, compute, sameWeights);
      return { loss, state };
    });
  }

  /** Lets everybody compute a part of a batch: the main thread the first, workers the others. */
  #share<Own extends LossAndState>(
    batch: Batch,
    carried: CarriedFrom | undefined,
    gradients: GradientTask | undefined,
    compute: (task: Task) => Own,
    sameWeights = false,
  ): LossAndState & { readonly own: Own; readonly busy: readonly Member[] } {
    const { weights } = this.#learned;
    if (!sameWeights) {
      writeTensors(weights, weights, this.#weights);
      this.#version++;
    }
    const parts = cutBatch(batch, this.#members.length + 1);
    const tasks = parts.map(
      ({ batch: part, sequences }): Task => ({
        batch: part,
        gradients: gradients && {
          ...gradients,
          place: { ...gradients.place, part: { sequences, size: batch.size } },
        },
        carried: carried && { state: carried.state && rowsOfState(carried.state, sequences) },
      }),
    );
    const busy = this.#members.slice(0, tasks.length - 1);
    for (const [index, member] of busy.entries()) {
      // Who had no part of a batch before has not read the weights since then.
      member.worker.send({ ...(tasks[index + 1] as Task), sameWeights: member.version === this.#version });
      member.version = this.#version;
    }
    const began = performance.now();
    const own = compute(tasks[0] as Task);
    const { step, times } = this.#patience;
    const patience = step + times * Math.round(performance.now() - began);
    const others = busy.map(({ worker }) => worker.receive(patience));
    return {
      ...{ own, busy },
      loss: others.reduce((sum, { loss }) => sum + loss, own.loss),
      state: carried && stateOf(batch.size, parts, [own, ...others]),
    };
  }

  /** Lets the workers end. */
  close(): void {
    for (const { worker } of this.#members) worker.close();
  }

  #orClose<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      this.close();
      throw error;
    }
  }
}

/** The state behind a whole batch, from those behind its parts. */
function stateOf(size: number, parts: readonly BatchPart[], results: readonly LossAndState[]): RecurrentState {
  const behind = parts.flatMap(({ sequences }, at) => {
    const state = results[at]?.state;
    return state ? [{ sequences, state }] : [];
  });
  return joinStates(size, behind);
}
