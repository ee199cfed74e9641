import { childrenOf, type NgramCounts, type NgramLevel } from './NgramCounts.js';

/**
 * The probabilities of the next token behind a context, `[vocabularySize]`, by interpolated Witten-Bell smoothing: of a context h that came c(h)
 * times with T(h) different tokens behind it, P(w | h) = (c(h w) + T(h) · P(w | h′)) / (c(h) + T(h)), where h′ lacks the first token of h; shorter
 * than no token, all tokens are alike. `nodes` are those of the last token, the last two, and so on, −1 where they never came.
 */
export function wittenBell(counts: NgramCounts, nodes: Int32Array, vocabularySize: number): Float64Array {
  const probabilities = new Float64Array(vocabularySize).fill(1 / vocabularySize);
  for (let level = -1; level < nodes.length; level++) {
    const [from, to] = childrenOf(counts, level, nodes[level] ?? -1);
    const { ids, counts: times } = counts.levels[level + 1] as NgramLevel;
    let all = 0;
    let kinds = 0;
    for (let node = from; node < to; node++) {
      all += times[node] ?? 0;
      if (times[node] !== 0) kinds++;
    }
    if (kinds === 0) continue;
    const left = kinds / (all + kinds);
    for (let id = 0; id < vocabularySize; id++) probabilities[id] = (probabilities[id] ?? 0) * left;
    for (let node = from; node < to; node++) {
      const id = ids[node] ?? 0;
      probabilities[id] = (probabilities[id] ?? 0) + (times[node] ?? 0) / (all + kinds);
    }
  }
  return probabilities;
}
