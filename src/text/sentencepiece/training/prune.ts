import type { PieceTrie } from '../PieceTrie.js';
import { Lattice } from './Lattice.js';
import type { PieceList } from './PieceList.js';
import type { Pause } from './pauses.js';
import type { WordTable } from './WordTable.js';

/**
 * Keeps `size` pieces, those without which the words would become least probable: if a piece were gone, its place in
 * the best ways to split the words would be taken by the best way to split the piece itself. Characters stay, since
 * nothing can take their place; pieces that no best way holds are dropped first.
 */
export async function pruned(table: WordTable, pieces: PieceList, size: number, pause: Pause): Promise<PieceList> {
  const trie = pieces.trie(table.symbols);
  const frequencies = await countUses(table, pieces, trie, pause);
  const total = frequencies.reduce((sum, frequency) => sum + frequency, 0);
  const lattice = new Lattice();
  const kept: number[] = [];
  const candidates: { piece: number; loss: number }[] = [];
  for (let piece = 0; piece < pieces.size; piece++) {
    await pause();
    const frequency = frequencies[piece] ?? 0;
    const start = pieces.starts[piece] ?? 0;
    const length = pieces.lengths[piece] ?? 0;
    if (frequency === 0 && length > 1) continue;
    lattice.set(table.symbols, start, start + length, trie);
    const parts = lattice.best(pieces.scores, piece);
    if (parts.length === 0) kept.push(piece);
    else candidates.push({ piece, loss: lossWithout(frequency, parts, frequencies, total) });
  }
  candidates.sort((a, b) => b.loss - a.loss || a.piece - b.piece);
  for (const { piece } of candidates.slice(0, Math.max(0, size - kept.length))) kept.push(piece);
  const places = Int32Array.from(kept).sort();
  return pieces.select(places);
}

/** How often each piece is in the best way to split a word. */
async function countUses(table: WordTable, pieces: PieceList, trie: PieceTrie, pause: Pause): Promise<Float64Array> {
  const lattice = new Lattice();
  const uses = new Float64Array(pieces.size);
  for (const [word, count] of table.counts.entries()) {
    lattice.set(table.symbols, table.starts[word] ?? 0, table.starts[word + 1] ?? 0, trie);
    for (const piece of lattice.best(pieces.scores)) uses[piece] = (uses[piece] ?? 0) + count;
    await pause();
  }
  return uses;
}

/** The fall of the words' log-probability when `frequency` uses of a piece become uses of its parts. */
function lossWithout(frequency: number, parts: readonly number[], frequencies: Float64Array, total: number): number {
  if (frequency === 0) return 0;
  const newTotal = Math.log(total + frequency * (parts.length - 1));
  const partsScore = parts.reduce((sum, part) => sum + Math.log((frequencies[part] ?? 0) + frequency) - newTotal, 0);
  return frequency * (Math.log(frequency) - Math.log(total) - partsScore);
}
