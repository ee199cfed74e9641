import type { Tokenizer } from '../../src/browser.js';

/** A part of the held-out text that the model reads from its beginning. */
export interface Stretch {
  readonly text: string;
  /** Where it begins. */
  readonly offset: number;
}

/** Lines are read together until they have so many characters; a line that has more than the second is cut. */
const ENOUGH = 300;
const MOST = 600;

/**
 * Cuts held-out text into what a model reads at once. One that knows no line ends was taught sentences, and each line is one; to one that
 * knows them, lines are read together.
 */
export function cutPassages(text: string, tokenizer: Tokenizer): Stretch[] {
  const goesOn = knowsLineEnds(tokenizer);
  const stretches: Stretch[] = [];
  for (let from = 0; from < text.length; ) {
    const to = endOfStretch(text, from, goesOn ? ENOUGH : 1);
    const part = goesOn ? text.slice(from, to) : text.slice(from, to).replace(/\r?\n$/, '');
    if (part.trim() !== '') stretches.push({ text: part, offset: from });
    from = to;
  }
  return stretches;
}

function endOfStretch(text: string, from: number, enough: number): number {
  const newline = text.indexOf('\n', from + enough - 1);
  const end = newline < 0 ? text.length : newline + 1;
  if (end - from <= MOST) return end;
  // Not within a word, if that can be, nor within a character.
  const space = text.lastIndexOf(' ', from + MOST);
  if (space > from) return space + 1;
  const half = /[\ud800-\udbff]/.test(text.charAt(from + MOST - 1)) ? 1 : 0;
  return from + MOST - half;
}

function knowsLineEnds(tokenizer: Tokenizer): boolean {
  const ids = tokenizer.encode('\n');
  return ids.length === 1 && ids[0] !== tokenizer.unknownId;
}
