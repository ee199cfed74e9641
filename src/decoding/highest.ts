/** The highest log-probability; NaN when one of them is NaN, −∞ when there is none. */
export function highest(logProbabilities: Float32Array): number {
  return logProbabilities.reduce((a, b) => Math.max(a, b), -Infinity);
}
