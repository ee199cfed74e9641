import { digamma } from './digamma.js';
import { Lattice } from './Lattice.js';
import type { LearnedPiece } from './LearnedPiece.js';
import type { PieceList } from './PieceList.js';
import type { Pause } from './pauses.js';
import { pruned } from './prune.js';
import { seedPieces } from './seedPieces.js';
import type { WordTable } from './WordTable.js';

/** How unigram training goes. */
export interface UnigramOptions {
  readonly maxPieceLength: number;
  readonly seedSize: number;
  readonly shrinkingFactor: number;
  readonly iterations: number;
}

/** Pruning stops at so many times the pieces that are wanted, of which the most probable are taken. */
const SURPLUS = 1.1;

/** Pieces that are expected less often are dropped. */
const LEAST_EXPECTED = 0.5;

/**
 * Learns the pieces of a unigram model: begins with many substrings, fits their probabilities to the words, drops those
 * that matter least, and again, until `size` are left (Kudo, "Subword regularization: improving neural network
 * translation models with multiple subword candidates", ACL 2018, section 3.2). All characters of the alphabet stay.
 * Returns the most probable piece first; fewer than `size` when the words do not hold more.
 */
export async function learnUnigram(
  table: WordTable,
  size: number,
  options: UnigramOptions,
  pause: Pause,
  onPieces: (count: number, share: number) => void,
): Promise<LearnedPiece[]> {
  let pieces = await seedPieces(table, options, pause);
  const enough = Math.floor(size * SURPLUS);
  const seeds = pieces.size;
  for (;;) {
    for (let iteration = 0; iteration < options.iterations; iteration++) pieces = await improve(table, pieces, pause);
    onPieces(pieces.size, pieces.size <= enough ? 1 : Math.log(seeds / pieces.size) / Math.log(seeds / enough));
    if (pieces.size <= enough) return mostProbable(table, pieces, size);
    pieces = await pruned(table, pieces, Math.max(enough, Math.floor(pieces.size * options.shrinkingFactor)), pause);
  }
}

/**
 * One iteration of expectation maximization. Where the maximum likelihood has the logarithm of an expected count, this
 * has ψ of it, which favours few frequent pieces: a variational approximation with a sparse prior (Liang and Klein,
 * "Structured Bayesian nonparametric models with variational inference", tutorial, ACL 2007). Pieces that became rare
 * are dropped, but for characters.
 */
async function improve(table: WordTable, pieces: PieceList, pause: Pause): Promise<PieceList> {
  const { symbols, starts, counts } = table;
  const trie = pieces.trie(symbols);
  const lattice = new Lattice();
  const expected = new Float64Array(pieces.size);
  for (const [word, count] of counts.entries()) {
    lattice.set(symbols, starts[word] ?? 0, starts[word + 1] ?? 0, trie);
    lattice.addExpected(pieces.scores, count, expected);
    await pause();
  }
  const isKept = (piece: number): boolean => (expected[piece] ?? 0) >= LEAST_EXPECTED || pieces.lengths[piece] === 1;
  const kept = Int32Array.from(expected.keys()).filter(isKept);
  const expectedOf = (piece: number): number => Math.max(expected[piece] ?? 0, LEAST_EXPECTED);
  const total = digamma(kept.reduce((sum, piece) => sum + expectedOf(piece), 0));
  return pieces.select(kept, (piece) => digamma(expectedOf(piece)) - total);
}

/** All characters, and the most probable of the longer pieces. */
function mostProbable({ alphabet, symbols }: WordTable, pieces: PieceList, size: number): LearnedPiece[] {
  const learned = Array.from(pieces.scores, (score, piece) => {
    const start = pieces.starts[piece] ?? 0;
    const characters = symbols.subarray(start, start + (pieces.lengths[piece] ?? 0));
    return { text: Array.from(characters, (symbol) => alphabet[symbol]).join(''), length: characters.length, score };
  });
  const characters = learned.filter(({ length }) => length === 1);
  const longer = learned.filter(({ length }) => length > 1).sort(byScore);
  return [...characters, ...longer.slice(0, size - characters.length)]
    .sort(byScore)
    .map(({ text, score }) => ({ text, score }));
}

function byScore(a: LearnedPiece, b: LearnedPiece): number {
  return b.score - a.score || (a.text < b.text ? -1 : 1);
}
