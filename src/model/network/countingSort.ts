/** The places of ids in ascending order of the ids, and the ids in that order; each id is below `count`. */
export function countingSort(ids: Int32Array, count: number): { order: Int32Array; sorted: Int32Array } {
  const next = new Int32Array(count + 1);
  for (const id of ids) next[id + 1] = (next[id + 1] ?? 0) + 1;
  for (let id = 1; id <= count; id++) next[id] = (next[id] ?? 0) + (next[id - 1] ?? 0);
  const order = new Int32Array(ids.length);
  const sorted = new Int32Array(ids.length);
  for (let place = 0; place < ids.length; place++) {
    const id = ids[place] ?? 0;
    const to = next[id] ?? 0;
    next[id] = to + 1;
    order[to] = place;
    sorted[to] = id;
  }
  return { order, sorted };
}
