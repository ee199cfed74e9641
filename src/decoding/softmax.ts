/** Probabilities that are proportional to e to the log-probabilities, and sum to one. */
export function softmax(logProbabilities: Float32Array): Float64Array {
  const highest = logProbabilities.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = Float64Array.from(logProbabilities, (value) => Math.exp(value - highest));
  const total = weights.reduce((sum, value) => sum + value, 0);
  return weights.map((value) => value / total);
}
