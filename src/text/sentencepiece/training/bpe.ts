import type { LearnedPiece } from './LearnedPiece.js';
import { MergingWords } from './MergingWords.js';
import type { Pause } from './pauses.js';
import type { WordTable } from './WordTable.js';

/**
 * Learns the pieces of a BPE model: again and again the most frequent pair of neighbouring symbols becomes a symbol,
 * until there are `size`, the alphabet included (Sennrich, Haddow and Birch, "Neural machine translation of rare words with
 * subword units", ACL 2016, section 3.2). Returns the pieces in the order in which encoding merges them, then the
 * alphabet; fewer than `size` when no pair is left that occurs twice.
 */
export async function learnBpe(
  table: WordTable,
  size: number,
  maxPieceLength: number,
  pause: Pause,
  onPieces: (count: number, share: number) => void,
): Promise<LearnedPiece[]> {
  const words = await MergingWords.of(table, maxPieceLength, pause);
  /** A set, since different pairs can make the same piece. */
  const merges = new Set<string>();
  const wanted = size - table.alphabet.length;
  while (merges.size < wanted) {
    const piece = words.mergeMostFrequent();
    if (piece === undefined) break;
    merges.add(piece);
    onPieces(table.alphabet.length + merges.size, merges.size / wanted);
    await pause();
  }
  return [...merges, ...table.alphabet].map((text, rank) => ({ text, score: -rank }));
}
