/** The highest log-probability; NaN when one of them is NaN, −∞ when there is none. */
export function highest(logProbabilities: ArrayLike<number>): number {
  let best = -Infinity;
  // A plain loop: this runs for every hypothesis at every time step.
  for (let id = 0; id < logProbabilities.length; id++) best = Math.max(best, logProbabilities[id] as number);
  return best;
}
