/** The highest log-probability; NaN when one of them is NaN, −∞ when there is none. */
export function highest(logProbabilities: ArrayLike<number>): number {
  let best = -Infinity;
  // A plain loop with one comparison: this runs for every hypothesis at every time step.
  for (let id = 0; id < logProbabilities.length; id++) {
    const value = logProbabilities[id] as number;
    if (value <= best) continue;
    if (Number.isNaN(value)) return value;
    best = value;
  }
  return best;
}
