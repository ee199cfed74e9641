import { isObservable, type Observable, type OperatorFunction, Subject, type Subscription } from 'rxjs';
import { AsynchronousOperatorError, invalid } from '../errors.js';

/** An operator whose types were checked where the pipeline was composed. */
export type AnyOperator = OperatorFunction<unknown, unknown>;

/**
 * A chain of operators that is fed by hand: what the operators emit while they are fed is collected, and what they emit
 * at any other time is an error, since nobody could hold it back.
 */
export class Feed {
  #items: unknown[] = [];
  #feeding = true;
  #done = false;
  #failure: { readonly error: unknown } | undefined;
  #asynchrony: AsynchronousOperatorError | undefined;
  readonly #onAsynchronous: (error: AsynchronousOperatorError) => void;
  readonly #input = new Subject<unknown>();
  readonly #subscription: Subscription;

  /** `onAsynchronous` is called at every event that comes outside the feeding. */
  constructor(operators: readonly AnyOperator[], onAsynchronous: (error: AsynchronousOperatorError) => void) {
    this.#onAsynchronous = onAsynchronous;
    const output = operators.reduce<Observable<unknown>>(apply, this.#input);
    this.#subscription = output.subscribe({
      next: (item) => {
        if (this.#isFed('emitted')) this.#items.push(item);
      },
      error: (error: unknown) => {
        if (this.#isFed('failed', { cause: error })) this.#failure = { error };
      },
      complete: () => {
        if (this.#isFed('completed')) this.#done = true;
      },
    });
    this.#feeding = false;
  }

  /** Whether the operators want no more. */
  get done(): boolean {
    return this.#done;
  }

  feed(chunk: unknown): void {
    this.#feeding = true;
    this.#input.next(chunk);
    this.#feeding = false;
  }

  /** Tells the operators that the source has ended; they must end too, at once. */
  end(): void {
    this.#feeding = true;
    this.#input.complete();
    this.#feeding = false;
    if (!this.#done && !this.#failure) this.#asynchrony ??= asynchronous('was still open after its input completed');
  }

  /** Hands over what came out since the last time. */
  take(): unknown[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }

  /** Throws what the operators failed with, if they did, or `AsynchronousOperatorError`. */
  check(): void {
    this.checkSynchrony();
    if (this.#failure) throw this.#failure.error;
  }

  /** Throws if an operator turned out to be asynchronous: unlike a failure, this does not wait for the items before it. */
  checkSynchrony(): void {
    if (this.#asynchrony) throw this.#asynchrony;
  }

  close(): void {
    this.#subscription.unsubscribe();
  }

  #isFed(event: string, options?: ErrorOptions): boolean {
    if (this.#feeding) return true;
    this.#asynchrony ??= asynchronous(`${event} outside the feeding of a chunk`, options);
    this.#onAsynchronous(this.#asynchrony);
    return false;
  }
}

function apply(observable: Observable<unknown>, operator: AnyOperator, index: number): Observable<unknown> {
  const output: unknown = operator(observable);
  if (isObservable(output)) return output;
  throw invalid(`what operator ${index} of the pipeline returns`, 'an observable', output);
}

function asynchronous(what: string, options?: ErrorOptions): AsynchronousOperatorError {
  return new AsynchronousOperatorError(
    `Expected every operator of a pipeline to be synchronous, got one that ${what}. RxJS cannot slow such an operator's input: put it after the pipeline, in .pipe().`,
    options,
  );
}
