import type { ExecutionContext } from 'ava';
import { type ReferenceTensors, tensorOf } from '../reference/arrays.js';

/** The largest difference between two arrays as a share of the expected one's largest magnitude; NaN if one is. */
export function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return NaN;
  let difference = 0;
  let magnitude = 0;
  for (let at = 0; at < expected.length; at++) {
    difference = Math.max(difference, Math.abs((actual[at] ?? NaN) - (expected[at] ?? NaN)));
    magnitude = Math.max(magnitude, Math.abs(expected[at] ?? NaN));
  }
  return magnitude === 0 ? difference : difference / magnitude;
}

/** Asserts that no number is off by more than a share of the largest magnitude. */
export function isClose(
  t: ExecutionContext,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what = 'the array',
): void {
  const error = largestError(actual, expected);
  t.true(error <= tolerance, `${what} is off by ${error} of its largest magnitude`);
}

/** Asserts the same of every tensor of a set, and that the sets have the same names and shapes. */
export function areClose(
  t: ExecutionContext,
  actual: ReferenceTensors,
  expected: ReferenceTensors,
  tolerance: number,
  what: string,
): void {
  t.deepEqual(Object.keys(actual).sort(), Object.keys(expected).sort(), what);
  for (const [name, { shape, data }] of Object.entries(expected)) {
    t.deepEqual(tensorOf(actual, name).shape, shape, `${what}: shape of ${name}`);
    isClose(t, tensorOf(actual, name).data, data, tolerance, `${what}: ${name}`);
  }
}
