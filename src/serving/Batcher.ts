import { generateMany } from '../decoding/generateMany.js';
import type { Token } from '../decoding/Token.js';
import type { TokenPredictor } from '../decoding/TokenPredictor.js';
import { ApiError } from './ApiError.js';
import type { Job } from './Job.js';

/** A client that is turned away is asked to come back after this many seconds at most. */
const LONGEST_WAIT = 60;

/** How many sentences a model decodes at once and lets wait. */
export interface BatcherLimits {
  readonly concurrency: number;
  readonly queue: number;
}

/**
 * Does the jobs of one model as they come: those that are under way share each call of the predictor, the others wait in a bounded
 * queue. A beam search counts as its hypotheses, at most as all that there is room for. It works while there are jobs, and costs nothing
 * else.
 */
export class Batcher<State> {
  readonly #limits: BatcherLimits;
  readonly #over: Promise<void>;
  /** Calls of the predictor that are under way, also for jobs that were stopped. */
  readonly #calls = new Set<Promise<unknown>>();
  #waiting: Job[] = [];
  #running = 0;
  #closed = false;
  #wake: () => void = () => {};
  /** What a job took lately, in seconds; a mean that forgets. */
  #seconds = 0;

  /** @throws {InvalidArgumentError} when memory has no room for so many at once. */
  constructor(predictor: TokenPredictor<State>, limits: BatcherLimits) {
    this.#limits = limits;
    const { concurrency } = limits;
    const done = generateMany(this.#watched(predictor), this.#jobs(), (shared, job) => this.#run(shared, job), {
      concurrency,
    });
    this.#over = drained(done);
  }

  /** How many sentences are being decoded. */
  get running(): number {
    return this.#running;
  }

  /** How many sentences wait. */
  get waiting(): number {
    return this.#sizeOf(this.#waiting);
  }

  /**
   * Takes the jobs of a request, all or none.
   * @throws {ApiError} 400 when there are more than there is room for at all, 429 when there is none now, 503 when it closes.
   */
  submit(jobs: readonly Job[]): void {
    const { concurrency, queue } = this.#limits;
    if (this.#closed) throw closing();
    const size = this.#sizeOf(jobs);
    if (size > concurrency + queue)
      throw new ApiError(400, `Expected at most ${concurrency + queue} sentences or beams in a request, got ${size}`, {
        param: 'prompt',
        code: 'invalid_value',
      });
    if (this.#running + this.waiting + size > concurrency + queue)
      throw new ApiError(429, 'Too many requests are waiting: try again later', {
        code: 'queue_full',
        headers: { 'retry-after': String(this.#secondsToWait()) },
      });
    for (const job of jobs) {
      this.#waiting.push(job);
      job.signal.addEventListener('abort', () => this.#drop(job), { once: true });
    }
    this.#wake();
  }

  /** Takes no more jobs, and resolves when those that it has are done and the predictor rests, every state freed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#over;
    await Promise.allSettled(this.#calls);
  }

  /** Without `read`, by which a long prompt is read apart from the others: what follows would be computed apart from them, too. */
  #watched(predictor: TokenPredictor<State>): TokenPredictor<State> {
    const { tokenizer, stateBytes } = predictor;
    return {
      tokenizer,
      stateBytes,
      next: (state, rows, ids) => {
        const call = predictor.next(state, rows, ids);
        this.#calls.add(call);
        const forget = (): unknown => this.#calls.delete(call);
        call.then(forget, forget);
        return call;
      },
      free: (state) => predictor.free(state),
    };
  }

  /** Nobody waits for it any more. */
  #drop(job: Job): void {
    const place = this.#waiting.indexOf(job);
    if (place < 0) return;
    this.#waiting.splice(place, 1);
    // The next one may be smaller.
    this.#wake();
    job.fail(job.signal.reason);
  }

  async *#jobs(): AsyncGenerator<Job> {
    for (;;) {
      const [job] = this.#waiting;
      const size = this.#sizeOf(this.#waiting.slice(0, 1));
      if (job && this.#running + size <= this.#limits.concurrency) {
        this.#waiting.shift();
        this.#running += size;
        yield job;
      } else if (!job && this.#closed) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  #run<Shared>(predictor: TokenPredictor<Shared>, job: Job): AsyncIterable<Token> {
    const next = async (): Promise<IteratorReturnResult<undefined>> => {
      const start = performance.now();
      try {
        await job.run(predictor);
      } finally {
        this.#running -= this.#sizeOf([job]);
        this.#wake();
        this.#seconds += ((performance.now() - start) / 1000 - this.#seconds) / 8;
      }
      return { done: true, value: undefined };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  #sizeOf(jobs: readonly Job[]): number {
    return jobs.reduce((sum, { hypotheses }) => sum + Math.min(hypotheses, this.#limits.concurrency), 0);
  }

  #secondsToWait(): number {
    const rounds = this.waiting / this.#limits.concurrency;
    return Math.min(LONGEST_WAIT, Math.max(1, Math.ceil(this.#seconds * rounds)));
  }
}

/** Jobs keep their tokens themselves: none comes here. */
async function drained(tokens: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of tokens);
}

/** The error of a server that takes nothing new. */
export function closing(): ApiError {
  return new ApiError(503, 'The server is shutting down: nothing new is taken', {
    code: 'shutting_down',
    headers: { 'retry-after': '1', connection: 'close' },
  });
}
