/** A bullet that is used for nothing else, and so separates items within a line too. */
const BULLET = /^[•⁃‣◦▪]/;
const NONE: readonly string[] = [];
/** No marker is longer, with what stands before it. */
const LONGEST = 24;
/** What may stand before the marker at the beginning of a sentence: a bullet, a dash, the signs of a heading. */
const LEAD = '(?:[•⁃‣◦▪]\\s?|(?:[-–—*·+]|#{1,6})\\s)?';
/** `3`, `١`, `1.2`, `2a`, `A.1`, `b`, `iv`, `XII`. */
const NUMBER = '(?:\\p{L}\\.?)?\\p{Nd}{1,3}(?:\\.\\p{Nd}{1,3}){0,4}(?:\\.?[a-z])?|\\p{L}|[ivx]{2,7}|[IVX]{2,7}';
/** Where a marker may stand within a sentence: behind a colon, a semicolon or a dash. */
const COLON = '(?:[:;–—]\\s|：\\s?)';

/** A line that begins a list item: a bullet, `1.`, `1)`, `(1)`, `1.)`, `a)`, `iv.`, `1.2.`, `#1.`, `１．` */
const ITEM =
  /^(?:[-*·]\s|[•⁃‣◦▪]|[(#]?(?:\p{Nd}{1,3}(?:\.\p{Nd}{1,3}){0,4}|[a-z]|[ivx]{1,7})(?:[.)]{1,2}\s|．(?!\p{Nd})))/u;
/** The same for the first item of a list. */
const FIRST_ITEM = /^(?:[-*·]\s|[•⁃‣◦▪]|\(?[1ai][.)]{1,2}\s)/;
/** The same with a capital, as an initial may be one. */
const CAPITAL_ITEM = /^\(?(?:\p{Lu}|[IVX]{2,7})[.)]{1,2} /u;

/** The marker of an item, before its full stop: where a sentence begins, and behind a colon. */
const MARKER_AT_BEGINNING = new RegExp(`^${LEAD}[(#]?(${NUMBER})$`, 'u');
const MARKER_BEHIND_COLON = new RegExp(`${COLON}\\(?(${NUMBER})$`, 'u');
/** The marker of an item with its text. */
const ITEM_AT_BEGINNING = new RegExp(`^${LEAD}([(#]?)(${NUMBER})(\\.\\)|[.)](?=\\s)|．)`, 'u');
const ITEM_BEHIND_COLON = new RegExp(`${COLON}(\\(?)(${NUMBER})(\\.\\)|[.)](?=\\s)|．)`, 'u');

/** Where a full stop may be a marker's. */
export interface MarkerPlace {
  /** The last characters of the sentence before the full stop. */
  readonly before: string;
  /** Whether these are all of the sentence. */
  readonly whole: boolean;
  readonly marks: string;
  readonly after: string;
  /** Whether a marker at the sentence's beginning would be an item's: it begins a line, or goes on with a list. */
  readonly item: boolean;
}

/**
 * Whether a full stop belongs to the marker of an item: `1. Wash`, `A. Where?`, `Do this: 1. Wash`. A marker begins a line,
 * goes on with a list, stands behind a colon, or has its successor in sight: `Do it so. 1. Wash it. 2. Boil it.`
 */
export function isMarker({ before, whole, marks, after, item }: MarkerPlace): boolean {
  const tail = before.slice(-LONGEST);
  const beginning = whole && tail === before ? MARKER_AT_BEGINNING.exec(before)?.[1] : undefined;
  if (beginning !== undefined && (item || /^[•⁃‣◦▪]/.test(before))) return true;
  const mark = beginning ?? (/[:;：–—]/.test(tail) ? MARKER_BEHIND_COLON.exec(tail)?.[1] : undefined);
  if (mark === undefined) return false;
  const isFirst = /^(?:[ai]|1(?:\.1)*)$/.test(mark) || numberOf(mark) === 1;
  // `2: 1` is a ratio.
  if (beginning === undefined && (isFirst ? /[^\p{N}][:：]\s?\S+$/u : /;\s\S+$/).test(before)) return true;
  return successors(mark).some((next) => after.includes(` ${next}${marks} `) || after.includes(`${next}．`));
}

/** Whether what follows a mark is an item with a small letter that is expected, or the first of two in sight. */
export function itemFollows(after: string, sentence: string, expected: readonly string[]): boolean {
  const item = /^\s(\(?([a-z]|[ivx]{2,7})[.)]{1,2})\s/.exec(after);
  if (item === null) return false;
  const [, marker = '', mark = ''] = item;
  if (expected.includes(marker) || nextMarkers(sentence).includes(marker)) return true;
  return /^[ai]\.$/.test(marker) && successors(mark).some((next) => after.includes(` ${next}. `));
}

/**
 * Whether a line begins a list item. Bullets and first items always do, and so do those that come after an item before;
 * another number may be the end of a wrapped sentence (`She turned` / `12.`), so what stands before it must be an item too,
 * or end in a mark or a colon.
 */
export function beginsItem(
  line: string,
  sentenceBefore: string,
  characterBefore: string,
  expected: readonly string[],
): boolean {
  if (!/^(?:[-*·•⁃‣◦▪]|[(#]?[\p{L}\p{N}.]{1,20}[.)．])/u.test(line)) return false;
  return (
    FIRST_ITEM.test(line) ||
    (ITEM.test(line) && (ITEM.test(sentenceBefore) || /[.?!…:;]/.test(characterBefore))) ||
    (CAPITAL_ITEM.test(line) && /[:;]/.test(characterBefore)) ||
    [...nextMarkers(sentenceBefore), ...expected].some((marker) => line.startsWith(`${marker} `))
  );
}

/**
 * The markers that may come after a sentence, if that is an item: `2.)` after `1.) Wash the rice`, `j.` and `ii.` after
 * `i. Wash it`. The first are those of the same list, then come those of lists within it or around it.
 */
export function nextMarkers(sentence: string): readonly string[] {
  const bullet = BULLET.exec(sentence)?.[0];
  if (bullet !== undefined) return [bullet];
  const item = itemAtBeginning(sentence) ?? (/[:;：–—]/.test(sentence) ? ITEM_BEHIND_COLON.exec(sentence) : null);
  if (item === null) return NONE;
  const [, open = '', mark = '', close = ''] = item;
  return [...successors(mark), ...relatives(mark)].map((next) => `${open}${next}${close}`);
}

/**
 * The markers at which an item ends in the middle of its line: `1. Wash 2. Boil`. A capital may be an initial there, and items
 * behind a colon are parts of one sentence.
 */
export function interruptingMarkers(sentence: string): readonly string[] {
  const bullet = BULLET.exec(sentence)?.[0];
  if (bullet !== undefined) return [bullet];
  const item = itemAtBeginning(sentence);
  if (item === null) return NONE;
  const [, open = '', mark = '', close = ''] = item;
  if (/^\p{Lu}/u.test(mark) && close === '.') return [];
  return successors(mark).map((next) => `${open}${next}${close}`);
}

/** The parts of the marker that a sentence begins with. Most sentences begin with words, and need no slow search. */
const itemAtBeginning = (sentence: string): RegExpExecArray | null =>
  /^(?:[A-Za-z][a-hj-uwyz]|\p{Lo}{2}|[^.)．]{24})/u.test(sentence) ? null : ITEM_AT_BEGINNING.exec(sentence);

/** What comes after a number or a letter: `4` after `3`, `1.3` after `1.2`, `j` and `ii` after `i`. */
function successors(mark: string): string[] {
  const [, before = '', last = ''] = /^(.*?)(\p{Nd}+|\p{L}+)$/u.exec(mark) ?? [];
  if (/^\d/.test(last)) return [`${before}${Number(last) + 1}`];
  if (/^\p{Nd}/u.test(last)) return [before + write(numberOf(last) + 1, zeroOf(last))];
  const next = [];
  if (/^[a-yа-ю]$/iu.test(last)) next.push(before + String.fromCodePoint((last.codePointAt(0) ?? 0) + 1));
  const roman = before === '' ? fromRoman(last) : 0;
  if (roman > 0) next.push(last === last.toLowerCase() ? toRoman(roman + 1).toLowerCase() : toRoman(roman + 1));
  return next;
}

/** The markers that come where a list within a list begins or ends: `1.2.1`, `2` after `1.2`. */
function relatives(mark: string): string[] {
  if (!/^[\d.]+$/.test(mark)) return [];
  const parts = mark.split('.');
  const around = parts.slice(1).map((_, index) => [...parts.slice(0, index), Number(parts[index]) + 1].join('.'));
  return [`${mark}.1`, ...around];
}

/** The number that decimal digits of any script write; `NaN` for anything else. */
function numberOf(mark: string): number {
  if (!/^\p{Nd}+$/u.test(mark)) return Number.NaN;
  const zero = zeroOf(mark);
  return Array.from(mark).reduce((value, digit) => value * 10 + (digit.codePointAt(0) ?? 0) - zero, 0);
}

/** The code point of the zero of a digit's script: the digits of each script lie side by side. */
function zeroOf(digits: string): number {
  const digit = digits.codePointAt(0) ?? 0;
  let zero = digit;
  while (digit - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return zero;
}

const write = (value: number, zero: number): string =>
  Array.from(String(value), (digit) => String.fromCodePoint(zero + Number(digit))).join('');

const ROMAN = ['', 'I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX'];

/** A Roman numeral below 40. */
const toRoman = (value: number): string => 'X'.repeat(Math.floor(value / 10)) + (ROMAN[value % 10] ?? '');

/** The value of a Roman numeral below 40; 0 of anything else. */
function fromRoman(mark: string): number {
  const [, tens = '', rest = ''] = /^(X{0,3})([IVX]*)$/.exec(mark.toUpperCase()) ?? [];
  const ones = ROMAN.indexOf(rest);
  return ones < 0 ? 0 : tens.length * 10 + ones;
}
