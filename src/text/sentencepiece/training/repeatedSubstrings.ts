import { PairMap } from '../PairMap.js';
import type { Pause } from './pauses.js';
import { commonScript, scriptOf } from './scripts.js';
import type { WordTable } from './WordTable.js';

/** Substrings of words, in parallel lists. */
export interface Substrings {
  /** Where one begins, as a place in the table's symbols. */
  readonly starts: number[];
  readonly lengths: number[];
  /** How often it occurs. */
  readonly counts: number[];
}

/** The substrings of one length, each with a number, its name. */
interface Level {
  readonly length: number;
  /** The positions where those begin that occur twice or more, and their names. */
  readonly positions: Int32Array;
  readonly names: Int32Array;
  /** By name: a position, how often it occurs, its script, and the name of all but its last symbol. */
  readonly examples: readonly number[];
  readonly counts: readonly number[];
  readonly scripts: readonly number[];
  readonly parents: readonly number[];
}

/**
 * All substrings of two symbols and more that occur at least twice, are of one script, and are not always followed by
 * the same symbol.
 *
 * Substrings get names, length by length: that of n + 1 symbols by the name of its first n and its last one, looked at
 * only where the first n occur twice. After Karp, Miller and Rosenberg, "Rapid identification of repeated patterns in
 * strings, trees and arrays", STOC 1972.
 */
export async function repeatedSubstrings(table: WordTable, maxLength: number, pause: Pause): Promise<Substrings> {
  const wordOf = wordOfPosition(table);
  const scripts = table.alphabet.map(scriptOf);
  const found: Substrings = { starts: [], lengths: [], counts: [] };
  let level = singleSymbols(table, scripts);
  while (level.length < maxLength && level.positions.length > 0) {
    const longer = await extend(table, wordOf, scripts, level, pause);
    if (level.length > 1) collect(found, level, longer);
    level = longer;
  }
  if (level.length > 1) collect(found, level);
  return found;
}

function wordOfPosition({ symbols, starts }: WordTable): Int32Array {
  const wordOf = new Int32Array(symbols.length);
  starts.forEach((start, word) => {
    wordOf.fill(word, start, starts[word + 1]);
  });
  return wordOf;
}

function singleSymbols({ symbols }: WordTable, scripts: readonly number[]): Level {
  const positions = symbols.map((_, position) => position);
  return { length: 1, positions, names: symbols, examples: [], counts: [], scripts, parents: [] };
}

async function extend(
  { symbols, counts: wordCounts }: WordTable,
  wordOf: Int32Array,
  symbolScripts: readonly number[],
  level: Level,
  pause: Pause,
): Promise<Level> {
  const nameOf = new PairMap();
  const examples: number[] = [];
  const counts: number[] = [];
  const scripts: number[] = [];
  const parents: number[] = [];
  const positions = new Int32Array(level.positions.length);
  const names = new Int32Array(level.positions.length);
  let size = 0;
  for (let place = 0; place < level.positions.length; place++) {
    if (place % 4096 === 0) await pause();
    const position = level.positions[place] ?? 0;
    const word = wordOf[position] ?? 0;
    if (wordOf[position + level.length] !== word) continue;
    const parent = level.names[place] ?? 0;
    const symbol = symbols[position + level.length] ?? 0;
    let name = nameOf.get(parent, symbol);
    if (name === -1) {
      const script = commonScript(level.scripts[parent], symbolScripts[symbol]);
      if (script === undefined) continue;
      name = examples.push(position) - 1;
      counts.push(0);
      scripts.push(script);
      parents.push(parent);
      nameOf.add(parent, symbol, name);
    }
    counts[name] = (counts[name] ?? 0) + (wordCounts[word] ?? 0);
    positions[size] = position;
    names[size++] = name;
  }
  let kept = 0;
  for (let place = 0; place < size; place++) {
    const name = names[place] ?? 0;
    if ((counts[name] ?? 0) < 2) continue;
    positions[kept] = positions[place] ?? 0;
    names[kept++] = name;
  }
  const length = level.length + 1;
  return {
    length,
    positions: positions.slice(0, kept),
    names: names.slice(0, kept),
    examples,
    counts,
    scripts,
    parents,
  };
}

function collect(found: Substrings, { length, examples, counts }: Level, longer?: Level): void {
  const mostFrequentLonger = counts.map(() => 0);
  longer?.parents.forEach((parent, name) => {
    mostFrequentLonger[parent] = Math.max(mostFrequentLonger[parent] ?? 0, longer.counts[name] ?? 0);
  });
  counts.forEach((count, name) => {
    if (count < 2 || mostFrequentLonger[name] === count) return;
    found.starts.push(examples[name] ?? 0);
    found.lengths.push(length);
    found.counts.push(count);
  });
}
