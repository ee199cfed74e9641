import { ApiError } from './ApiError.js';
import type { Usage } from './Completion.js';
import type { RequestRecord } from './RequestRecord.js';

/** The status of a request whose client has left: nobody receives it, and logs can tell it from others. */
export const LEFT = 499;

/** Gathers what is known of a request, and tells it once. */
export class RequestLog {
  readonly #time = Date.now();
  readonly #start = performance.now();
  readonly #method: string;
  readonly #onRecord: (record: RequestRecord) => void;
  route = 'other';
  model: string | undefined;
  #firstToken: number | undefined;
  #told = false;

  constructor(method: string, onRecord: (record: RequestRecord) => void) {
    this.#method = method;
    this.#onRecord = onRecord;
  }

  /** The first token is there. */
  tokenCame(): void {
    this.#firstToken ??= performance.now() - this.#start;
  }

  /** It is over. What comes later is not told. */
  end(status: number, error: unknown, usage?: Usage): void {
    if (this.#told) return;
    this.#told = true;
    const record: RequestRecord = {
      time: this.#time,
      // A method may be any word of a client's.
      method: /^[A-Z]{1,7}$/.test(this.#method) ? this.#method : 'other',
      route: this.route,
      status,
      outcome: outcomeOf(status),
      model: this.model,
      promptTokens: usage?.prompt_tokens ?? 0,
      completionTokens: usage?.completion_tokens ?? 0,
      firstToken: this.#firstToken,
      duration: performance.now() - this.#start,
      error: status >= 500 ? (error instanceof ApiError ? error.cause : error) : undefined,
    };
    // Apart from the request: what a listener throws is none of its errors.
    queueMicrotask(() => this.#onRecord(record));
  }
}

function outcomeOf(status: number): RequestRecord['outcome'] {
  if (status === LEFT) return 'left';
  return status >= 500 ? 'failed' : status >= 400 ? 'refused' : 'done';
}
