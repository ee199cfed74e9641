import { SPACE } from './words.js';

/** Beyond these, all letters count as one script, and whatever is no letter as common. */
const SCRIPTS = [
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]/u,
  .../* biome-ignore format: a list */ [
    'Latin', 'Greek', 'Cyrillic', 'Arabic', 'Hebrew', 'Hangul', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya',
    'Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Thai', 'Lao', 'Tibetan', 'Myanmar', 'Georgian', 'Armenian',
    'Ethiopic', 'Khmer', 'Mongolian',
  ].map((name) => new RegExp(`\\p{Script=${name}}`, 'u')),
  /\p{L}/u,
];

/** The script of characters that go with any: combining marks, and the space before a word. */
const ANY = -1;
/** The script of digits, punctuation and symbols. */
const COMMON = SCRIPTS.length;

/**
 * The script of a character as a number. A piece holds one script, and digits and punctuation are one of their own, so
 * no piece mixes letters with digits. Kana counts as Han.
 */
export function scriptOf(character: string): number {
  if (character === SPACE || /\p{Script=Inherited}/u.test(character)) return ANY;
  const script = SCRIPTS.findIndex((pattern) => pattern.test(character));
  return script === -1 ? COMMON : script;
}

/** The script of two parts of a piece together; undefined when they do not go together. */
export function commonScript(a = ANY, b = ANY): number | undefined {
  if (a === ANY || a === b) return b;
  return b === ANY ? a : undefined;
}
