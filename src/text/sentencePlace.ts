import { holds, type SentenceLanguage } from './abbreviations.js';

/** A place where a sentence may end: behind a mark, with a bounded piece of the text on either side of it. */
export interface Place {
  /** The first characters of the sentence; the same as `before` if the sentence is short. */
  readonly head: string;
  /** The last characters of the sentence before the mark. */
  readonly before: string;
  /** The marks, and the quotes and brackets that close behind them. */
  readonly marks: string;
  /** What follows in the same paragraph, with the separator. */
  readonly after: string;
  /** Whether a number at the sentence's beginning would be an item's: it begins a line, or goes on with a list. */
  readonly item: boolean;
  /** Whether the marker of another item follows. */
  readonly itemFollows: boolean;
}

/** A place as the rules look at it. */
export interface View extends Place {
  readonly language: SentenceLanguage;
  /** The word that the mark follows: letters, digits and inner dots. */
  readonly word: string;
  /** Whether white space follows, or a mark that opens a sentence in Spanish. */
  readonly spaced: boolean;
  /** What follows, without the separator and what opens a sentence. */
  readonly next: string;
  /** The word that follows, up to an apostrophe. */
  readonly nextWord: string;
}

/** Quotes, brackets, dashes, leading dots and the markers of list items: `“`, `¿`, `(b) `, `ii) `, `...`, `– `. */
const OPENERS = /^(?:\(?(?:[a-z]|[ivx]{2,4})\)\s|[\p{Ps}\p{Pi}\p{Pd}"'’¿¡*_]|[.…]+(?=[\p{L}\p{N}])|\s)*/u;

const WORD_AT_END = /[\p{L}\p{M}\p{N}.'’&°№]*$/u;
const WORD = /^[\p{L}\p{M}\p{N}]*/u;

/** Takes a place apart. */
export function viewOf({ head, before, marks, after, item, itemFollows }: Place, language: SentenceLanguage): View {
  const rest = after.trimStart();
  const next = rest.slice(OPENERS.exec(rest)?.[0].length ?? 0);
  // Only the last piece without a space can hold the word: to search all of `before` for its end is slow.
  const last = before.slice(Math.max(before.lastIndexOf(' '), before.lastIndexOf('\n')) + 1);
  return {
    head,
    before,
    marks,
    after,
    item,
    itemFollows,
    language,
    word: WORD_AT_END.exec(last)?.[0] ?? '',
    spaced: rest !== after || after.startsWith('¿') || after.startsWith('¡'),
    next,
    nextWord: WORD.exec(next)?.[0] ?? '',
  };
}

/** Whether the first mark ends sentences without a space behind it: 。 । ؟ */
export const needsNoSpace = ({ marks }: View): boolean => !'.?!…'.includes(marks.charAt(0));

/** Whether the marks hold an ellipsis. */
export const isEllipsis = ({ marks }: View): boolean => /\.{2}|…/.test(marks);

/** Whether a number follows. */
export const isNumber = ({ next }: View): boolean => /^\p{N}/u.test(next);

/** Whether a word with a small first letter follows; `iPhone` is as good as a capital. */
export const isSmall = ({ next }: View): boolean => /^\p{Ll}/u.test(next) && !/^\p{Ll}{1,3}\p{Lu}/u.test(next);

/** Whether the sentence holds no capital at all, and so does not show beginnings by them. */
export const hasNoCapital = ({ head, before }: View): boolean =>
  /^\P{L}*\p{Ll}/u.test(head) && !/\p{Lu}/u.test(head + before);

/** Whether a word follows that begins many sentences and few names. */
export function isStarter({ before, language, next, nextWord }: View): boolean {
  // `Don-Bell`, `A. Bell`, `It.com` are names.
  if (/^(?:[\p{L}'’]+[.-]\S|\p{Lu}\.)/u.test(next)) return false;
  if (/^\p{Lu}\p{L}+n['’]t\b/u.test(next)) return true;
  // `IT` is `it` only where everything is in capitals.
  if (/^\p{Lu}{2}/u.test(nextWord) && /\p{Ll}/u.test(before)) return false;
  return language.starters.has(nextWord.toLowerCase());
}

/** Whether the word before the mark is made of letters: `J`, `U.S`, or of their names in scripts without case: `एम.एस`. */
export const isInitials = ({ word }: View): boolean =>
  /^(?:(?:\p{L}\.)*\p{L}|(?:[\p{Lo}\p{M}]{1,5}\.)+[\p{Lo}\p{M}]{1,5})$/u.test(word);

/** Whether the word before the mark is an abbreviation that no sentence needs to end at. */
export function isAbbreviation(view: View): boolean {
  const { before, language, word } = view;
  if (language.ordinals && /^\d{1,2}\.\d{1,2}$/.test(word)) return true;
  if (language.units.has(word)) return /\p{N}\s\p{L}+$/u.test(before);
  return (
    isInitials(view) ||
    /^(?:\p{Lu}\p{Ll}{0,3}\.)+\p{Lu}\p{Ll}{0,3}$/u.test(word) ||
    [language.leading, language.trailing, language.learned, language.hours].some((list) => holds(list, word)) ||
    /(?:^|[\s(])et\.?\sal$/i.test(before)
  );
}

/** Whether a space was forgotten: the capitalised word behind the mark belongs to no address, file name or acronym. */
export function isSlip(view: View): boolean {
  const { before, language, next, spaced, word } = view;
  if (spaced || !/^\p{Lu}['’\p{L}]*(?:[\s,!?:]|\.?$|\.\s)/u.test(next)) return false;
  if (isEllipsis(view)) return /[\p{L}\p{N}%]$/u.test(before);
  if (/[@/:=&#]\S*$/.test(before) || language.leading.has(word)) return false;
  return /\p{Ll}{2}$/u.test(word) && (/^\p{Ll}+$/u.test(word) || isStarter(view));
}
