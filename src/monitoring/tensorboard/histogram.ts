/** The buckets of a histogram, as many as TensorBoard makes. */
export const BUCKETS = 30;

/**
 * The histogram of the finite numbers among `values`: for each of 30 buckets its left edge, its right edge, and how many
 * numbers it holds, `[30 × 3]`, row-major. Buckets are of equal width from the smallest number to the largest, their left
 * edges included, their right ones not, but for the last; counts are those of numpy's `histogram(values, 30)`.
 *
 * As TensorBoard has it, numbers that are all the same are all in the last of 30 buckets without width, and where there
 * are none, edges and counts are 0.
 */
export function histogram(values: Float32Array): Float64Array {
  const { min, max, count } = extremes(values);
  if (count === 0) return new Float64Array(BUCKETS * 3);
  const width = (max - min) / BUCKETS;
  const edges = Float64Array.from({ length: BUCKETS + 1 }, (_, edge) => (edge < BUCKETS ? min + edge * width : max));
  const counts = new Uint32Array(BUCKETS);
  if (width === 0) counts[BUCKETS - 1] = count;
  else countInto(counts, values, edges);
  return Float64Array.from({ length: BUCKETS * 3 }, (_, at) => {
    const bucket = Math.floor(at / 3);
    return (at % 3 === 2 ? counts[bucket] : edges[bucket + (at % 3)]) ?? NaN;
  });
}

// Gates are millions of numbers: both loops count places, since `for … of` would take twice as long.

function extremes(values: Float32Array): { min: number; max: number; count: number } {
  let [min, max, count] = [Infinity, -Infinity, 0];
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? NaN;
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    count++;
  }
  return { min, max, count };
}

function countInto(counts: Uint32Array, values: Float32Array, edges: Float64Array): void {
  const last = counts.length - 1;
  const min = edges[0] ?? NaN;
  const perUnit = counts.length / ((edges[last + 1] ?? NaN) - min);
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? NaN;
    if (!Number.isFinite(value)) continue;
    let bucket = Math.min(last, ((value - min) * perUnit) | 0);
    // Rounding may put a number that is next to an edge on its wrong side.
    if (value < (edges[bucket] ?? NaN)) bucket--;
    else if (bucket < last && value >= (edges[bucket + 1] ?? NaN)) bucket++;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
}
