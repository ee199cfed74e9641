/** A text that grows and is searched for stop strings. It never changes: texts that go on from one share it. Lengths are in UTF-16 units. */
export interface StopSearch {
  /** How much of the text's end may be the beginning of a stop string. */
  readonly open: number;
  /** Where a stop string begins that the text holds: the one that ends first, and of those that end there, the longest. */
  readonly start: number | undefined;
  /** The search behind so much more text. */
  after(text: string): StopSearch;
}

/**
 * Searches a text for strings as it grows: each character is looked at once, in however many parts it comes (Knuth, Morris and Pratt,
 * "Fast pattern matching in strings", 1977).
 */
export function stopSearch(strings: readonly string[]): StopSearch {
  const borders = strings.map(bordersOf);

  /** `matched`: of each string, how much of its beginning the text ends with. */
  const searchAt = (length: number, matched: readonly number[], start: number | undefined): StopSearch => {
    const search: StopSearch = {
      open: matched.reduce((most, length) => Math.max(most, length), 0),
      start,
      after(text) {
        if (start !== undefined || text === '' || strings.length === 0) return search;
        const next = [...matched];
        for (let at = 0; at < text.length; at++) {
          let found = 0;
          for (const [which, string] of strings.entries()) {
            const now = longer(string, borders[which] as number[], next[which] as number, text.charCodeAt(at));
            next[which] = now;
            if (now === string.length) found = Math.max(found, now);
          }
          if (found > 0) return searchAt(length + at + 1, next, length + at + 1 - found);
        }
        return searchAt(length + text.length, next, undefined);
      },
    };
    return search;
  };

  return searchAt(
    0,
    strings.map(() => 0),
    undefined,
  );
}

/** How much of a string's beginning a text ends with, where it ended with `matched` before this character. */
function longer(string: string, borders: readonly number[], matched: number, character: number): number {
  let length = matched;
  while (string.charCodeAt(length) !== character) {
    if (length === 0) return 0;
    length = borders[length] as number;
  }
  return length + 1;
}

/** Of each beginning of a string, by its length, how long the longest shorter beginning is that it ends with. */
function bordersOf(string: string): number[] {
  const borders = [0, 0];
  for (let length = 2; length < string.length; length++)
    borders.push(longer(string, borders, borders[length - 1] as number, string.charCodeAt(length - 1)));
  return borders;
}
