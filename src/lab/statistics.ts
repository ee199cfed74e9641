/** A mean and how far the values lie from it. */
export interface Spread {
  /** Over all runs. */
  readonly mean: number;
  /** The sample standard deviation (n − 1); undefined for fewer than two values. */
  readonly deviation: number | undefined;
  /** How many values there were. */
  readonly count: number;
}

/** Mean and sample standard deviation; the mean of nothing is not a number. */
export function spread(values: readonly number[]): Spread {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { mean, deviation: undefined, count };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (count - 1)), count };
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
