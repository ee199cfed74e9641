import type { NgramCounts } from './NgramCounts.js';
import { BREAK, type NgramText } from './NgramText.js';

/**
 * Counts the sequences of up to `order` tokens of a text. None goes over the end of a piece, or over an EOS: behind EOS, text begins anew.
 * All places of the text are sorted by what begins there; what is alike lies side by side then, and is counted in one go.
 */
export function countNgrams(
  { ids, counted }: NgramText,
  { order, vocabularySize, eosId }: { order: number; vocabularySize: number; eosId: number },
): NgramCounts {
  const lengths = lengthsOf(ids, order, eosId);
  const places = sortedPlaces(ids, lengths, order, vocabularySize);
  const levels = Array.from({ length: order }, () => ({
    ids: [] as number[],
    counts: [] as number[],
    firstChild: [] as number[],
  }));
  let before = -1;
  for (const place of places) {
    const length = lengths[place] ?? 0;
    const known = before < 0 ? 0 : Math.min(length, lengths[before] ?? 0);
    let alike = 0;
    while (alike < known && ids[place + alike] === ids[before + alike]) alike++;
    for (let level = 0; level < length; level++) {
      const nodes = levels[level] as (typeof levels)[number];
      if (level >= alike) {
        nodes.ids.push(ids[place + level] ?? BREAK);
        nodes.counts.push(0);
        nodes.firstChild.push(levels[level + 1]?.ids.length ?? 0);
      }
      const node = nodes.counts.length - 1;
      nodes.counts[node] = (nodes.counts[node] ?? 0) + (counted[place + level] ?? 0);
    }
    before = place;
  }
  return {
    order,
    levels: levels.map((level, at) => ({
      ids: Int32Array.from(level.ids),
      counts: Int32Array.from(level.counts),
      firstChild: Int32Array.from([...level.firstChild, levels[at + 1]?.ids.length ?? 0]),
    })),
  };
}

/** For each place, how many tokens of what begins there belong together: `order` at most; 0 where there is none. */
function lengthsOf(ids: Int32Array, order: number, eosId: number): Int32Array {
  const lengths = new Int32Array(ids.length);
  let run = 0;
  for (let place = ids.length - 1; place >= 0; place--) {
    const next = ids[place + 1];
    run = ids[place] === BREAK ? 0 : 1 + (next === eosId ? 1 : run);
    lengths[place] = Math.min(run, order);
  }
  return lengths;
}

/** The places where something begins, by its tokens; what ends comes before what goes on. Sorted token by token, from the last one (radix sort). */
function sortedPlaces(ids: Int32Array, lengths: Int32Array, order: number, vocabularySize: number): Int32Array {
  let places = Int32Array.from(ids.keys()).filter((place) => (lengths[place] ?? 0) > 0);
  for (let at = order - 1; at >= 0; at--) {
    const bucketOf = (place: number): number => (at < (lengths[place] ?? 0) ? (ids[place + at] ?? BREAK) + 1 : 0);
    const starts = new Int32Array(vocabularySize + 2);
    for (const place of places) starts[bucketOf(place) + 1] = (starts[bucketOf(place) + 1] ?? 0) + 1;
    for (let bucket = 1; bucket < starts.length; bucket++)
      starts[bucket] = (starts[bucket] ?? 0) + (starts[bucket - 1] ?? 0);
    const sorted = new Int32Array(places.length);
    for (const place of places) {
      const bucket = bucketOf(place);
      const to = starts[bucket] ?? 0;
      sorted[to] = place;
      starts[bucket] = to + 1;
    }
    places = sorted;
  }
  return places;
}
