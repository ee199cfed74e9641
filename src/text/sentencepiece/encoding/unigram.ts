import { exactScore } from '../exactScores.js';
import { PIECE_TYPES } from '../modelProto.js';
import type { Segment, Split } from './Segment.js';
import { utf8Length } from './utf8Length.js';
import type { Vocabulary } from './Vocabulary.js';

/** So much, in nats, is a character without a piece less probable than the least probable piece. */
const UNKNOWN_PENALTY = 10;
/** The largest number of 32 bits: the least of no scores. */
const MOST = 2 ** 128 - 2 ** 104;
const { normal, userDefined, unused } = PIECE_TYPES;
const utf8 = new TextEncoder();

/**
 * The most probable way to split a text, its pieces being independent of each other (Kudo, "Subword regularization: improving neural network
 * translation models with multiple subword candidates", 2018): found from left to right (Viterbi). Of ways that are
 * equally probable, the one whose last piece is the longest. Sums are kept in 32 bits and compared in 64, as SentencePiece does.
 * @throws {RangeError} when there are no pieces.
 */
export function unigram({ pieces, trie, unknownId }: Vocabulary): Split {
  if (![normal, userDefined, unused].some((one) => pieces.some(({ type }) => type === one)))
    throw new RangeError('no pieces to split a text into');
  const exact = Float32Array.from(pieces, ({ score }) => exactScore(score));
  const ofNormal = exact.filter((_, id) => pieces[id]?.type === normal);
  const least = ofNormal.reduce((a, b) => Math.min(a, b), MOST);
  const most = ofNormal.reduce((a, b) => Math.max(a, b), 0);
  const unknownScore = Math.fround(least - UNKNOWN_PENALTY);
  const scores = Float64Array.from(pieces, ({ text, type }, id) => {
    if (type === unused) return -Infinity;
    // A symbol of the model's maker's is more probable than whatever else its text could be.
    return type === userDefined ? Math.fround(utf8.encode(text).length * most) - 0.1 : (exact[id] ?? 0);
  });
  return (bytes) => {
    // By place: the probability of the best way there, and where its last piece begins and which one that is.
    const best = new Float32Array(bytes.length + 1);
    const starts = new Int32Array(bytes.length + 1).fill(-1);
    const ids = new Int32Array(bytes.length + 1);
    const offer = (id: number, sum: number, start: number, end: number): void => {
      if (starts[end] !== -1 && sum <= (best[end] ?? 0)) return;
      best[end] = sum;
      starts[end] = start;
      ids[end] = id;
    };
    for (let start = 0; start < bytes.length; ) {
      const next = start + utf8Length(bytes, start);
      const before = best[start] ?? 0;
      let hasCharacter = false;
      for (let at = start, node = 0; at < bytes.length; ) {
        node = trie.next(node, bytes[at++] ?? 0);
        if (node === -1) break;
        const id = trie.piece(node);
        const score = id === -1 ? -Infinity : (scores[id] ?? 0);
        if (score === -Infinity) continue;
        offer(id, before + score, start, at);
        if (at === next) hasCharacter = true;
      }
      if (!hasCharacter) offer(unknownId, Math.fround(before + unknownScore), start, next);
      start = next;
    }
    const way: Segment[] = [];
    for (let end = bytes.length, start = 0; end > 0; end = start) {
      start = starts[end] ?? 0;
      way.push({ id: ids[end] ?? unknownId, start, end });
    }
    return way.reverse();
  };
}
