import { BackendError, InvalidArgumentError, NonFiniteError, WorkerError } from '../../errors.js';

/** An error as plain data: a message to another thread loses an error's class. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/** An error as plain data. */
export function plainError(error: unknown): PlainError {
  return error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : { name: 'Error', message: String(error), stack: undefined };
}

/** The error that a worker reported: in its class, where that is one of ours, else as a `WorkerError`. */
export function errorOf(plain: PlainError, worker: string): Error {
  const cause = Object.assign(new Error(plain.message), plain);
  const known = [BackendError, InvalidArgumentError, NonFiniteError].find(({ name }) => name === plain.name);
  return known
    ? new known(plain.message, { cause })
    : new WorkerError(`Expected ${worker} to compute gradients, got ${plain.name}: ${plain.message}`, { cause });
}
