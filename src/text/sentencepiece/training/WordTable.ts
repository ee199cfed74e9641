import type { Pause } from './pauses.js';
import { LINE_END, SPACE } from './words.js';

/** Words as numbers, ready to count in. */
export interface WordTable {
  /** The characters that pieces are made of, the most frequent first; a symbol is a place in this list. */
  readonly alphabet: readonly string[];
  /** The symbols of all words, one after the other. A word that has a character beyond the alphabet is cut there. */
  readonly symbols: Int32Array;
  /** Word w is `symbols` from `starts[w]` to before `starts[w + 1]`. */
  readonly starts: Int32Array;
  /** How often each word occurs. */
  readonly counts: Float64Array;
}

/** Chooses the alphabet, the most frequent characters with a share of `coverage` in the text, and lays words out. */
export async function wordTable(
  words: ReadonlyMap<string, number>,
  coverage: number,
  pause: Pause,
): Promise<WordTable> {
  const alphabet = await chooseAlphabet(words, coverage, pause);
  const symbolOf = new Map(alphabet.map((character, symbol) => [character, symbol]));
  const symbols: number[] = [];
  const starts = [0];
  const counts: number[] = [];
  for (const [word, count] of words) {
    const endWord = (): void => {
      if (symbols.length === starts.at(-1)) return;
      starts.push(symbols.length);
      counts.push(count);
    };
    for (const character of word) {
      const symbol = symbolOf.get(character);
      if (symbol === undefined) endWord();
      else symbols.push(symbol);
    }
    endWord();
    await pause();
  }
  return {
    alphabet,
    symbols: Int32Array.from(symbols),
    starts: Int32Array.from(starts),
    counts: Float64Array.from(counts),
  };
}

/** `▁` is in every alphabet, and the line end where it is a word; the null character, which is the pad, and halves of characters are in none. */
async function chooseAlphabet(words: ReadonlyMap<string, number>, coverage: number, pause: Pause): Promise<string[]> {
  const counts = new Map<string, number>();
  let total = 0;
  for (const [word, count] of words) {
    for (const character of word) {
      counts.set(character, (counts.get(character) ?? 0) + count);
      total += count;
    }
    await pause();
  }
  const sorted = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1));
  const alphabet: string[] = [];
  const needed = words.has(LINE_END) ? [SPACE, LINE_END] : [SPACE];
  let covered = 0;
  for (const [character, count] of sorted) {
    if (covered >= coverage * total && needed.every((one) => alphabet.includes(one))) break;
    covered += count;
    if (!/[\0\p{Cs}]/u.test(character)) alphabet.push(character);
  }
  return alphabet;
}
