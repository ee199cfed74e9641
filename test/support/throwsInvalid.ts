import type { ExecutionContext } from 'ava';
import { InvalidArgumentError } from '../../src/errors.js';

/** An action throws an `InvalidArgumentError` about these options. */
export function throwsInvalid(t: ExecutionContext, action: () => unknown, ...options: readonly string[]): void {
  t.deepEqual(t.throws(action, { instanceOf: InvalidArgumentError })?.options, options);
}

/** A promise rejects with an `InvalidArgumentError` about these options. */
export async function rejectsInvalid(
  t: ExecutionContext,
  promise: Promise<unknown>,
  ...options: readonly string[]
): Promise<void> {
  t.deepEqual((await t.throwsAsync(promise, { instanceOf: InvalidArgumentError }))?.options, options);
}
