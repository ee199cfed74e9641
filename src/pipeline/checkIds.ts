import { describe, SourceError } from '../errors.js';

/**
 * Returns what an operator on ids was given, where it is an `Int32Array`.
 * @param before the operator that makes such ids
 * @throws {SourceError} when it is something else: text, say, or numbers with a fraction.
 */
export function checkIds<Ids extends Int32Array>(operator: string, ids: Ids, before: string): Ids {
  if (ids instanceof Int32Array) return ids;
  throw new SourceError(
    `Expected ${operator}() to be given ids as Int32Arrays, got ${describe(ids)}. ${before} before it makes them`,
  );
}
