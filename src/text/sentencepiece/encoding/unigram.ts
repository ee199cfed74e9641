import { exactScore } from '../exactScores.js';
import { PIECE_TYPES } from '../modelProto.js';
import type { Segment, Split } from './Segment.js';
import { utf8Length } from './utf8Length.js';
import type { Vocabulary } from './Vocabulary.js';

/** So much, in nats, is a character without a piece less probable than the least probable piece. */
const UNKNOWN_PENALTY = 10;
/** The score of a symbol of the model's maker's. */
const SYMBOL_SCORE = -0.1;

/**
 * The most probable way to split a text, its pieces being independent of each other (Kudo, "Subword regularization: improving neural network
 * translation models with multiple subword candidates", 2018): found from left to right (Viterbi), in 32-bit floats, as SentencePiece does. Of
 * ways that are equally probable, the one whose last piece is the longest.
 * @throws {RangeError} when there are no pieces.
 */
export function unigram({ pieces, trie, unknownId }: Vocabulary): Split {
  const normal = pieces.filter(({ type }) => type === PIECE_TYPES.normal).map(({ score }) => exactScore(score));
  if (normal.length === 0) throw new RangeError('no pieces to split a text into');
  const unknownScore = normal.reduce((least, score) => Math.min(least, score)) - UNKNOWN_PENALTY;
  const scores = Float32Array.from(pieces, ({ score, type }) =>
    type === PIECE_TYPES.userDefined ? SYMBOL_SCORE : type === PIECE_TYPES.unused ? -Infinity : exactScore(score),
  );
  return (bytes) => {
    // By place: the probability of the best way there, and where its last piece begins and which one that is.
    const best = new Float32Array(bytes.length + 1).fill(-Infinity);
    const starts = new Int32Array(bytes.length + 1);
    const ids = new Int32Array(bytes.length + 1);
    best[0] = 0;
    const offer = (id: number, score: number, start: number, end: number): void => {
      const sum = Math.fround((best[start] ?? 0) + score);
      if (sum <= (best[end] ?? 0)) return;
      best[end] = sum;
      starts[end] = start;
      ids[end] = id;
    };
    for (let start = 0; start < bytes.length; ) {
      const next = start + utf8Length(bytes, start);
      let hasCharacter = false;
      for (let at = start, node = 0; at < bytes.length; ) {
        node = trie.next(node, bytes[at++] ?? 0);
        if (node === -1) break;
        const id = trie.piece(node);
        const score = id === -1 ? -Infinity : (scores[id] ?? 0);
        if (score === -Infinity) continue;
        offer(id, score, start, at);
        if (at === next) hasCharacter = true;
      }
      if (!hasCharacter) offer(unknownId, unknownScore, start, next);
      start = next;
    }
    const way: Segment[] = [];
    for (let end = bytes.length; end > 0; end = starts[end] ?? 0)
      way.push({ id: ids[end] ?? unknownId, start: starts[end] ?? 0, end });
    return way.reverse();
  };
}
