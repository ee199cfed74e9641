import { Heap } from '../Heap.js';
import { PIECE_TYPES } from '../modelProto.js';
import { Parts } from './Parts.js';
import type { Segment, Split } from './Segment.js';
import type { Vocabulary } from './Vocabulary.js';

/** Two parts side by side that can become one piece. */
interface Merge {
  readonly left: number;
  readonly right: number;
  /** The bytes of both. */
  readonly length: number;
  readonly score: number;
}

/** How a piece was merged: the bytes from `start` with those from `middle`. */
interface Merged {
  readonly start: number;
  readonly middle: number;
}

/**
 * Merges characters into pieces, and these into longer ones: whatever has the highest score first, of equals the leftmost (Sennrich et al.,
 * "Neural machine translation of rare words with subword units", 2016). Pieces that are not to be used are then split as they were merged.
 */
export function bpe(vocabulary: Vocabulary): Split {
  return (bytes) => {
    const [parts, merged] = merge(bytes, vocabulary);
    const segments: Segment[] = [];
    const add = (start: number, end: number): void => {
      const id = vocabulary.idOf(bytes, start, end);
      const how = vocabulary.typeOf(id) === PIECE_TYPES.unused ? merged.get(id) : undefined;
      if (how) {
        add(how.start, how.middle);
        add(how.middle, how.start + end - start);
      } else segments.push({ id, start, end });
    };
    for (let part = 0; part >= 0 && part < parts.count; part = parts.after(part))
      add(parts.start(part), parts.end(part));
    return segments;
  };
}

/** Merges what can be merged, and tells of each piece that is not to be used how it could be merged last. */
function merge(bytes: Uint8Array, vocabulary: Vocabulary): [Parts, Map<number, Merged>] {
  const parts = new Parts(bytes, vocabulary);
  const merges = new Heap<Merge>((a, b) => a.score > b.score || (a.score === b.score && a.left < b.left));
  const merged = new Map<number, Merged>();
  const consider = (left: number, right: number): void => {
    if (parts.isWhole(left) || parts.isWhole(right)) return;
    const [start, middle, end] = [parts.start(left), parts.start(right), parts.end(right)];
    const id = vocabulary.trie.find(bytes, start, end);
    if (id === -1) return;
    merges.push({ left, right, length: end - start, score: vocabulary.scoreOf(id) });
    if (vocabulary.typeOf(id) === PIECE_TYPES.unused) merged.set(id, { start, middle });
  };
  for (let part = 1; part < parts.count; part++) consider(part - 1, part);
  for (let best = merges.pop(); best; best = merges.pop()) {
    const { left, right, length } = best;
    // One of the two may have been merged with another since.
    if (parts.end(left) !== parts.start(right) || parts.end(right) - parts.start(left) !== length) continue;
    parts.merge(left, right);
    consider(parts.before(left), left);
    consider(left, parts.after(left));
  }
  return [parts, merged];
}
