import { PieceList } from './PieceList.js';
import type { Pause } from './pauses.js';
import { repeatedSubstrings } from './repeatedSubstrings.js';
import type { WordTable } from './WordTable.js';

/** What limits the seeds. */
export interface SeedOptions {
  readonly maxPieceLength: number;
  readonly seedSize: number;
}

/**
 * The pieces that unigram training begins with: all characters, and the repeated substrings that cover the most text. A
 * score is the logarithm of the text that a piece covers, as a share.
 */
export async function seedPieces(table: WordTable, options: SeedOptions, pause: Pause): Promise<PieceList> {
  const { starts, lengths, counts } = await repeatedSubstrings(table, options.maxPieceLength, pause);
  const covered = Float64Array.from(counts, (count, place) => count * (lengths[place] ?? 0));
  const least = covered.toSorted().at(-options.seedSize) ?? 0;
  const chosen = characters(table);
  for (const [place, weight] of covered.entries()) {
    if (weight < least || chosen.weights.length >= options.seedSize) continue;
    chosen.starts.push(starts[place] ?? 0);
    chosen.lengths.push(lengths[place] ?? 0);
    chosen.weights.push(weight);
  }
  const total = chosen.weights.reduce((sum, weight) => sum + weight, 0);
  return new PieceList(
    Int32Array.from(chosen.starts),
    Int32Array.from(chosen.lengths),
    Float64Array.from(chosen.weights, (weight) => Math.log(weight / total)),
  );
}

function characters({ alphabet, symbols, starts, counts }: WordTable) {
  const examples = alphabet.map(() => 0);
  const weights = alphabet.map(() => 0);
  counts.forEach((count, word) => {
    for (let at = starts[word] ?? 0; at < (starts[word + 1] ?? 0); at++) {
      const symbol = symbols[at] ?? 0;
      examples[symbol] = at;
      weights[symbol] = (weights[symbol] ?? 0) + count;
    }
  });
  return { starts: examples, lengths: alphabet.map(() => 1), weights };
}
