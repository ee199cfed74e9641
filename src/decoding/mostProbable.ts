/** To insert a place costs k steps at worst: where k is larger than this, sorting is faster. */
const INSERTED_AT_MOST = 64;

/**
 * The k places of highest log-probability that are not excluded (−∞), best first; among equals, the lower place first.
 * With a vocabulary's log-probabilities, places are ids.
 */
export function mostProbable(logProbabilities: ArrayLike<number>, k: number): number[] {
  if (k > INSERTED_AT_MOST) return mostProbableByLimit(logProbabilities, k);
  const places: number[] = [];
  const values: number[] = [];
  let toBeat = -Infinity;
  for (let place = 0; place < logProbabilities.length; place++) {
    const value = logProbabilities[place] as number;
    if (value <= toBeat) continue;
    let rank = Math.min(places.length, k - 1);
    for (; rank > 0 && (values[rank - 1] as number) < value; rank--) {
      places[rank] = places[rank - 1] as number;
      values[rank] = values[rank - 1] as number;
    }
    places[rank] = place;
    values[rank] = value;
    if (places.length === k) toBeat = values[k - 1] as number;
  }
  return places;
}

/** Sorts all values, but only the k places: those of more than the k-th value, and the first ones of just as much. */
function mostProbableByLimit(logProbabilities: ArrayLike<number>, k: number): number[] {
  const values = Float64Array.from(logProbabilities).sort();
  const limit = values[values.length - k] ?? -Infinity;
  const higher: number[] = [];
  const equal: number[] = [];
  for (let place = 0; place < logProbabilities.length; place++) {
    const value = logProbabilities[place] as number;
    if (value > limit) higher.push(place);
    else if (value === limit && value > -Infinity && equal.length < k) equal.push(place);
  }
  // Sorting is stable: among equals, the lower place stays first.
  higher.sort((a, b) => (logProbabilities[b] as number) - (logProbabilities[a] as number));
  return [...higher, ...equal].slice(0, k);
}
