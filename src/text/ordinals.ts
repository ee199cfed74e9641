import { isStarter, type View } from './sentencePlace.js';

/**
 * Whether a number and its full stop are an ordinal, in languages that write them so: a day before its month or in a date
 * (`3. Oktober`, `3. 10. 1990`), a number between a determiner and a noun (`der 2. Versuch`, `ihr 3. Kind`), behind a genitive
 * (`Beethovens 9. Symphonie`) or another ordinal (`die 2. und 3. Runde`). A number else may end a sentence: `Sie wurde 12.`
 */
export function isOrdinal(view: View): boolean {
  const { before, language, next, nextWord, word } = view;
  if (!language.ordinals || !/^(?:\d{1,3}|[IVX]+)$/.test(word)) return false;
  if (language.calendar.has(nextWord)) return true;
  if (/^\d{1,2}\.\s?\d{2,4}(?!\d)/.test(next)) return true;
  if (/(?:^|\s)\d{1,2}\.\s\d{1,2}$/.test(before) && /^\d{4}(?!\d)/.test(next)) return true;
  if (/^\d{1,3}\./.test(next) && /^\s?[-–—/]/.test(view.after)) return true;
  if (!/^\p{Lu}/u.test(next) || isStarter(view)) return false;
  const [last = '', second = ''] = before
    .slice(0, -word.length)
    .trimEnd()
    .split(/\s[^\p{L}\p{N}]*|^[^\p{L}\p{N}]+/u)
    .reverse();
  return (
    language.determiners.has(last.toLowerCase()) ||
    // A determiner with a capital may be a pronoun: `Das waren 12.`
    (/^\p{Ll}+e[rsnm]?$/u.test(last) && language.determiners.has(second)) ||
    /^\p{Lu}\p{Ll}*[^eiuäöüs]s$/u.test(last) ||
    (/^(?:und|oder|bis)$/.test(last) && /^(?:\d{1,3}\.|\p{Ll}+te[rsnm]?)$/u.test(second))
  );
}
