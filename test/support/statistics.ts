/** Pearson's statistic: how far counts are from what these weights lead to expect. */
export function chiSquare(counts: readonly number[], weights: readonly number[]): number {
  const expected = weights.map((weight) => (weight / sum(weights)) * sum(counts));
  return sum(counts.map((count, index) => (count - (expected[index] ?? 0)) ** 2 / (expected[index] ?? 0)));
}

/** What Pearson's statistic exceeds once in a thousand, by degrees of freedom. */
export const CRITICAL = { 1: 10.828, 2: 13.816, 4: 18.467, 6: 22.458, 8: 26.124, 41: 74.745 };

/**
 * Kolmogorov and Smirnov's statistic of two samples of one size, over what it exceeds once in a thousand: above 1, they
 * are hardly of one distribution.
 */
export function kolmogorovSmirnov(a: readonly number[], b: readonly number[]): number {
  const share = (sample: readonly number[], limit: number): number =>
    sample.filter((value) => value <= limit).length / sample.length;
  const largest = Math.max(...a.map((limit) => Math.abs(share(a, limit) - share(b, limit))));
  return largest / (1.949 * Math.sqrt(2 / a.length));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
