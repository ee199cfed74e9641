/** A mean and how far the values lie from it. */
export interface Spread {
  /** Over all runs. */
  readonly mean: number;
  /** The sample standard deviation (n − 1); undefined for fewer than two values. */
  readonly deviation: number | undefined;
  /** Half of the 95 % confidence interval of the mean (Student's t); undefined for fewer than two values. */
  readonly margin: number | undefined;
  /** How many values there were. */
  readonly count: number;
}

/** Mean, sample standard deviation and margin; the mean of nothing is not a number. */
export function spread(values: readonly number[]): Spread {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, deviation: undefined, margin: undefined, count };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (count - 1));
  return { mean, deviation, margin: (studentQuantile(count - 1) * deviation) / Math.sqrt(count), count };
}

/** The 97.5 % quantiles of Student's t with 1, 2, … degrees of freedom. */
const STUDENT = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086,
];

/**
 * The 97.5 % quantile of Student's t: 95 % of a sample's means lie within so many standard errors. Above 20 degrees of freedom
 * by the first terms of its expansion (Abramowitz and Stegun, 26.7.5), which are right to three digits there.
 */
export function studentQuantile(degreesOfFreedom: number): number {
  const z = 1.959964;
  const n = degreesOfFreedom;
  return STUDENT[n - 1] ?? z + (z ** 3 + z) / (4 * n) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * n ** 2);
}

/**
 * A quantile of numbers in any order, between neighbours by linear interpolation (type 7 of Hyndman and Fan 1996, numpy's
 * default); of nothing, not a number.
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/**
 * The height of a line through points at `x`, in the order of rising x; outside of them, undefined.
 */
export function heightAt(points: readonly (readonly [x: number, y: number])[], x: number): number | undefined {
  const after = points.findIndex(([at]) => at >= x);
  const right = points[after];
  if (!right) return undefined;
  if (right[0] === x) return right[1];
  const left = points[after - 1];
  if (!left) return undefined;
  return left[1] + ((right[1] - left[1]) * (x - left[0])) / (right[0] - left[0]);
}

/** Sums of numbers from the first to each: 3, 1, 2 → 3, 4, 6. */
export function runningSums(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => (sum += value));
}
