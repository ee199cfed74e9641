/** All ids, the most probable first; among equals, the lower id first. */
export function idsByProbability(logProbabilities: Float32Array): Int32Array {
  const of = (id: number): number => logProbabilities[id] ?? -Infinity;
  return Int32Array.from(logProbabilities.keys()).sort((a, b) => (of(b) === of(a) ? a - b : of(b) - of(a)));
}
