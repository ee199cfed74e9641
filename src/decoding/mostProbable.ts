/**
 * The k places of highest log-probability that are not excluded (−∞), best first; among equals, the lower place first.
 * With a vocabulary's log-probabilities, places are ids.
 */
export function mostProbable(logProbabilities: ArrayLike<number>, k: number): number[] {
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
