import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { WorkerError } from '../../errors.js';
import { TemporaryDirectory } from '../../files/TemporaryDirectory.js';
import {
  ANSWERS,
  type Answer,
  ENDED,
  type Task,
  type TaskResult,
  type WorkerModel,
  type WorkerStart,
} from './messages.js';
import { errorOf } from './PlainError.js';

// From source, a thread needs a loader for TypeScript first.
const SCRIPT = import.meta.url.endsWith('.ts')
  ? new URL('./workerFromSource.mjs', import.meta.url)
  : new URL('./worker.js', import.meta.url);

/** In milliseconds. */
const LONGEST_WAIT = 1000;

/** Options of `WorkerHandle`. */
export interface WorkerHandleOptions {
  /** How errors call it: `worker 2 of 4`. */
  readonly name: string;
  /** The backend that it computes with. */
  readonly backend: string;
  /** What it runs. Default: ours. */
  readonly script?: URL | undefined;
}

/** A worker thread as the main thread sees it: both give and take without a turn of the event loop. */
export class WorkerHandle {
  readonly #name: string;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #signals = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  #cause: unknown;

  /**
   * Starts it; it does not hold the process open.
   * @throws {FileWriteError} when there is no place for its temporary files.
   */
  constructor(model: WorkerModel, { name, backend, script = SCRIPT }: WorkerHandleOptions) {
    this.#name = name;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    // A thread that is ended in the middle of its work cleans nothing up: others remove what it has there.
    const directory = new TemporaryDirectory();
    const workerData: WorkerStart = { model, signals: this.#signals, port: port2, temporaryDirectory: directory.path };
    const env = { ...process.env, BABBLEBROOK_BACKEND: backend };
    this.#worker = new Worker(script, { workerData, transferList: [port2], env, execArgv: [], name });
    // Without a listener, an error in the thread would end the process; and not every end runs the thread's exit hook.
    this.#worker.on('error', (error) => {
      this.#cause = error;
    });
    this.#worker.on('exit', () => {
      Atomics.store(this.#signals, ENDED, 1);
      directory.remove();
    });
    this.#worker.unref();
  }

  /** Gives it a task; `receive` takes the answer. */
  send(task: Task): void {
    this.#port.postMessage(task);
  }

  /**
   * Waits until it answers, and returns what came of its task (no loss when it is ready); nothing else happens in the main thread meanwhile.
   * @throws {WorkerError} when the worker has ended, failed, or does not answer within so many milliseconds.
   * @throws {BackendError | InvalidArgumentError | NonFiniteError} when it failed with one of these.
   */
  receive(patience: number): TaskResult {
    let waited = 0;
    for (;;) {
      const answers = Atomics.load(this.#signals, ANSWERS);
      const ended = Atomics.load(this.#signals, ENDED) === 1;
      const received: { message: Answer } | undefined = receiveMessageOnPort(this.#port);
      if (received) return this.#resultOf(received.message);
      if (ended) throw new WorkerError(`Expected ${this.#name} to answer, but it has ended`, { cause: this.#cause });
      if (waited >= patience)
        throw new WorkerError(`Expected ${this.#name} to answer within ${patience} ms, got no answer`);
      // Little by little: a process that was stopped for a while has not lost its patience when it goes on.
      const turn = Math.min(LONGEST_WAIT, patience - waited);
      if (Atomics.wait(this.#signals, ANSWERS, answers, turn) === 'timed-out') waited += turn;
    }
  }

  /** Ends it, whatever it does. */
  close(): void {
    this.#port.close();
    void this.#worker.terminate();
  }

  #resultOf(answer: Answer): TaskResult {
    if (answer.kind === 'failed') throw errorOf(answer.error, this.#name);
    return answer.kind === 'done' ? answer.result : { loss: 0 };
  }
}
