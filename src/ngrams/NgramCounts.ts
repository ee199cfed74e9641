/**
 * How often each sequence of up to `order` tokens came in a text, as a tree: the children of a node are what came behind it. A level of the
 * tree is flat arrays, its nodes in the order of their tokens, so that a node's children lie side by side: 12 bytes a node.
 */
export interface NgramCounts {
  /** The longest sequences. */
  readonly order: number;
  /** Level 0 are sequences of one token, level 1 of two, and so on. */
  readonly levels: readonly NgramLevel[];
}

/** All sequences of a length. */
export interface NgramLevel {
  /** `[nodes]`: their last tokens. */
  readonly ids: Int32Array;
  /** `[nodes]`: how often they came, their last token being one that counts. */
  readonly counts: Int32Array;
  /** `[nodes + 1]`: node n has the children `firstChild[n]` up to, and without, `firstChild[n + 1]` of the next level. */
  readonly firstChild: Int32Array;
}

/** Where in a level the children of a node are; of no node (−1), there are none. */
export function childrenOf({ levels }: NgramCounts, level: number, node: number): readonly [from: number, to: number] {
  if (level < 0) return [0, levels[0]?.ids.length ?? 0];
  if (node < 0) return [0, 0];
  const { firstChild } = levels[level] as NgramLevel;
  return [firstChild[node] ?? 0, firstChild[node + 1] ?? 0];
}

/** The node of the next level that a token leads to; −1 where it never came there. Level −1 is before any token. */
export function childOf(counts: NgramCounts, level: number, node: number, id: number): number {
  let [from, to] = childrenOf(counts, level, node);
  const ids = counts.levels[level + 1]?.ids ?? new Int32Array(0);
  const end = to;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((ids[middle] ?? 0) < id) from = middle + 1;
    else to = middle;
  }
  return from < end && ids[from] === id ? from : -1;
}
