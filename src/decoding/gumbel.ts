/**
 * Gumbel noise for a set of log-probabilities, conditioned on the largest perturbed one: perturbed_i is a draw from
 * Gumbel(logProbability_i), given that their maximum is `maximum` (Kool et al. 2019, section 4.1 and appendix B.3, whose
 * form is numerically stable). Log-probability −∞ stays −∞. `uniform` gives numbers from [0, 1).
 */
export function conditionedGumbels(
  logProbabilities: Float64Array,
  maximum: number,
  uniform: () => number,
): Float64Array {
  const free = logProbabilities.map((value) => (value === -Infinity ? value : value + gumbel(uniform())));
  const highest = free.reduce((a, b) => Math.max(a, b), -Infinity);
  return free.map((value) => {
    if (value === -Infinity) return value;
    const v = maximum - value + logOneMinusExp(value - highest);
    return maximum - Math.max(0, v) - Math.log1p(Math.exp(-Math.abs(v)));
  });
}

/** A draw from Gumbel(0) from one of [0, 1); 0 stands for the smallest number above it. */
function gumbel(uniform: number): number {
  return -Math.log(-Math.log(uniform || Number.MIN_VALUE));
}

/** log(1 − e^a) for a ≤ 0. */
function logOneMinusExp(a: number): number {
  return Math.log(-Math.expm1(a));
}
