import { InvalidArgumentError } from '../../errors.js';

/** Where a model lets a text be cut without a change of its ids. */
export interface CutRules {
  /** At a space between two words, to `drop`, since encoding puts one before each part, or to `keep`. */
  readonly atSpace: 'drop' | 'keep' | undefined;
  /** Before and behind a line end. */
  readonly atLineEnd: boolean;
  /** Between two characters that the vocabulary lacks. */
  isUnknown(character: string): boolean;
}

/** A part of a text that was cut. */
export interface TextPart {
  readonly text: string;
  /** It begins within a run of unknown characters, so the space that encoding puts before it is not the text's. */
  readonly continues: boolean;
}

/**
 * Longer texts are cut, in UTF-16 code units: SentencePiece's time for a run of unknown characters grows with its
 * square.
 */
export const CUT_LENGTH = 1024;

/**
 * Longer parts are refused: SentencePiece takes 130 bytes and more for a code unit, and a wasm instance that runs out
 * of memory is broken for good.
 */
export const MAX_LENGTH = 2 ** 20;

/**
 * Cuts a text into parts of about a thousand characters.
 * @throws {InvalidArgumentError} when more than a million come without a place where it can be cut.
 */
export function* cutText(text: string, rules: CutRules): Generator<TextPart> {
  let start = 0;
  let continues = false;
  while (text.length - start > CUT_LENGTH) {
    const cut = findCut(text, start, rules);
    if (cut - start > MAX_LENGTH) throw tooLong(cut - start);
    if (cut === text.length) break;
    yield { text: text.slice(start, cut), continues };
    const isAtSpace = text[cut] === ' ' && rules.atSpace !== undefined;
    continues = !isAtSpace && !isAtLineEnd(text, cut, rules);
    start = isAtSpace && rules.atSpace === 'drop' ? cut + 1 : cut;
  }
  yield { text: text.slice(start), continues };
}

/** The error for so many characters without a place where they can be cut. */
export function tooLong(length: number): InvalidArgumentError {
  return new InvalidArgumentError(
    `Expected a space within ${MAX_LENGTH} characters of a text, got ${length} without one`,
  );
}

/** The last place to cut within `CUT_LENGTH` of the start; else the first one after it; else the text's end. */
function findCut(text: string, start: number, rules: CutRules): number {
  for (let at = start + CUT_LENGTH; at > start + 1; at--) if (canCut(text, at, rules)) return at;
  for (let at = start + CUT_LENGTH + 1; at < text.length; at++) if (canCut(text, at, rules)) return at;
  return text.length;
}

/** The last place from `least` on where a text may be cut whatever comes behind it; 0 where there is none. */
export function lastCut(text: string, least: number, rules: CutRules): number {
  for (let at = text.length; at >= Math.max(least, 1); at--)
    if (isAtLineEnd(text, at, rules) || isBetweenWords(text, at, rules)) return at;
  return 0;
}

function canCut(text: string, at: number, rules: CutRules): boolean {
  if (isAtLineEnd(text, at, rules)) return true;
  if (text[at] === ' ') return isBetweenWords(text, at, rules);
  const [before, after] = [characterBefore(text, at), characterAt(text, at)];
  return rules.isUnknown(before) && rules.isUnknown(after) && stayApart(before, after);
}

function isAtLineEnd(text: string, at: number, { atLineEnd }: CutRules): boolean {
  return atLineEnd && (text[at] === '\n' || text[at - 1] === '\n');
}

/** At a single space between visible characters. */
function isBetweenWords(text: string, at: number, { atSpace }: CutRules): boolean {
  if (text[at] !== ' ' || atSpace === undefined) return false;
  return isVisible(characterBefore(text, at)) && isVisible(characterAt(text, at + 1));
}

/** Neither white space, of which `▁` is one here, nor a mark that goes with its neighbour, nor half a character. */
function isVisible(character: string): boolean {
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character) && character !== '▁';
}

/** Normalization does not make one character of the two. */
function stayApart(a: string, b: string): boolean {
  return isVisible(a) && isVisible(b) && (a + b).normalize('NFKC') === a.normalize('NFKC') + b.normalize('NFKC');
}

function characterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) ?? 0);
}

function characterBefore(text: string, at: number): string {
  const whole = characterAt(text, at - 2);
  return whole.length === 2 ? whole : characterAt(text, at - 1);
}
