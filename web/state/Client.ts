import type { AnswerOf, ComputeProblem, Kind, PartOf, RequestOf } from '../compute/types.js';
import type { FromWorker, ToWorker } from '../protocol.js';

/** A request that the worker could not answer: `problem` says why. */
export class Refused extends Error {
  readonly problem: ComputeProblem;

  constructor(problem: ComputeProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

interface Waiting {
  readonly onPart: (part: unknown) => void;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Refused) => void;
}

/** Asks the worker, and hears its answers. */
export class Client {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #broken: ComputeProblem | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => this.#hear(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#break(event.message);
    });
  }

  /**
   * Asks. `onPart` hears of what is there already; once the signal is aborted, the worker stops.
   * @throws {Refused} when it cannot be answered, or was aborted.
   */
  ask<K extends Kind>(
    request: RequestOf<K> & { readonly kind: K },
    { signal, onPart }: { signal?: AbortSignal | undefined; onPart?: ((part: PartOf<K>) => void) | undefined } = {},
  ): Promise<AnswerOf<K>> {
    if (this.#broken) return Promise.reject(new Refused(this.#broken));
    const id = ++this.#last;
    const answer = new Promise<unknown>((resolve, reject) =>
      this.#waiting.set(id, { onPart: (part) => onPart?.(part as PartOf<K>), resolve, reject }),
    );
    signal?.addEventListener('abort', () => this.#tell({ cancelled: id }), { once: true });
    this.#tell({ id, request });
    return answer as Promise<AnswerOf<K>>;
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromWorker): void {
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    if ('part' in message) {
      waiting.onPart(message.part);
      return;
    }
    this.#waiting.delete(message.id);
    if ('answer' in message) waiting.resolve(message.answer);
    else waiting.reject(new Refused(message.problem));
  }

  /** A worker that does not start, or ended, answers nothing any more. */
  #break(why: string | undefined): void {
    this.#broken = {
      kind: 'unknown',
      message: `What computes here has stopped${why ? `: ${why}` : ''}`,
      advice: 'Load the page again: all that was set is in its address.',
    };
    for (const { reject } of this.#waiting.values()) reject(new Refused(this.#broken));
    this.#waiting.clear();
  }
}
