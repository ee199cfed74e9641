import type { Tensor } from '@tensorflow/tfjs';
import { backendReport } from '../../model/backend.js';
import { checkBatch } from '../../model/checkBatch.js';
import type { DropoutPlace } from '../../model/dropoutMask.js';
import type { LanguageModel } from '../../model/LanguageModel.js';
import { mapValues } from '../../model/mapValues.js';
import type { RecurrentState } from '../../model/RecurrentState.js';
import type { Batch } from '../../pipeline/Batch.js';
import { tf } from '../../tf.js';
import { type CarriedFrom, type LossAndGradients, lossAndGradients } from '../lossAndGradients.js';
import { cutBatch } from './cutBatch.js';
import type { Task, TaskResult } from './messages.js';
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

/** Options of `WorkerPool`; tests have others. */
export interface WorkerPoolOptions {
  /** What the workers run. */
  readonly script?: URL | undefined;
  readonly patience?: Patience | undefined;
}

interface Member {
  readonly worker: WorkerHandle;
  readonly gradients: Float32Array;
}

/**
 * Computes gradients on several threads: the main thread, and a worker for each other.
 *
 * Each takes a part of the batch. The weights go to the workers, and their gradients come back, through shared memory. The
 * gradients are added up in the order of the workers, so the same number of workers gives the same bits.
 */
export class WorkerPool {
  readonly #model: LanguageModel;
  readonly #patience: Patience;
  readonly #weights: Float32Array;
  readonly #members: Member[] = [];

  /**
   * Starts the workers and waits until they are ready. `count` counts the main thread.
   * @throws {BackendError} when a worker cannot use the backend that the main thread uses.
   * @throws {WorkerError} when a worker does not start.
   */
  constructor(model: LanguageModel, count: number, { script, patience = PATIENCE }: WorkerPoolOptions = {}) {
    this.#model = model;
    this.#patience = patience;
    const { cellRecord, config, tokenizer } = model;
    const { vocabularySize, eosId } = tokenizer;
    const { backend } = backendReport();
    const size = countOf(model.weights);
    const weights = sharedNumbers(size);
    this.#weights = weights;
    warmUp(model);
    this.#orClose(() => {
      for (let number = 2; number <= count; number++) {
        const gradients = sharedNumbers(size);
        const start = { cell: cellRecord, config, vocabularySize, eosId, weights, gradients };
        const worker = new WorkerHandle(start, { name: `worker ${number} of ${count}`, backend, script });
        this.#members.push({ worker, gradients });
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
    return this.#orClose(() => {
      const { weights, tokenizer } = this.#model;
      checkBatch(batch, tokenizer.vocabularySize);
      writeTensors(weights, weights, this.#weights);
      const tasks = cutBatch(batch, this.#members.length + 1).map(
        ({ batch: part, sequences }): Task => ({
          batch: part,
          tokens,
          place: { ...place, part: { sequences, size: batch.size } },
          carried: carried && { state: carried.state && rowsOfState(carried.state, sequences) },
        }),
      );
      const busy = this.#members.slice(0, tasks.length - 1);
      for (const [index, { worker }] of busy.entries()) worker.send(tasks[index + 1] as Task);

      let state: RecurrentState | undefined;
      const computed = tf.tidy(() => {
        const began = performance.now();
        const { batch: part, place: ownPlace, carried: ownCarried } = tasks[0] as Task;
        const own = lossAndGradients(this.#model, part, tokens, ownPlace, ownCarried);
        const { step, times } = this.#patience;
        const patience = step + times * Math.round(performance.now() - began);
        const results = busy.map(({ worker }) => worker.receive(patience));
        state = carried && stateOf(batch.size, tasks, [own, ...results]);
        const others = busy.map(({ gradients }) => readTensors(gradients, own.gradients));
        const gradients = mapValues(own.gradients, (gradient, name) =>
          tf.addN([gradient, ...others.map((part) => part[name] as Tensor)]),
        );
        return { loss: results.reduce((sum, { loss }) => sum + loss, own.loss), gradients };
      });
      return { ...computed, state };
    });
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
function stateOf(size: number, tasks: readonly Task[], results: readonly TaskResult[]): RecurrentState {
  const parts = results.flatMap(({ state }, at) => {
    const sequences = tasks[at]?.place.part?.sequences;
    return state && sequences ? [{ sequences, state }] : [];
  });
  return joinStates(size, parts);
}
