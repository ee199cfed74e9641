import { holds, type SentenceLanguage } from './abbreviations.js';
import { isAside, isBracketedSentence, isEmbedded } from './brackets.js';
import { isMarker } from './listItems.js';
import { isOrdinal } from './ordinals.js';
import {
  hasNoCapital,
  isAbbreviation,
  isEllipsis,
  isInitials,
  isNumber,
  isSlip,
  isSmall,
  isStarter,
  needsNoSpace,
  type Place,
  type View,
  viewOf,
} from './sentencePlace.js';
import { isHanSpeechTag, isSpeechTag } from './speechTag.js';

/** One rule: where it applies, it says whether the sentence ends. */
interface Rule {
  readonly name: string;
  readonly ends: boolean;
  readonly applies: (view: View) => boolean;
}

const ends = (name: string, applies: Rule['applies']): Rule => ({ name, ends: true, applies });
const goesOn = (name: string, applies: Rule['applies']): Rule => ({ name, ends: false, applies });

/** The rules in the order in which they are asked: the first that applies decides; if none does, the sentence ends. */
const RULES: readonly Rule[] = [
  ends('at the end of the paragraph', ({ after }) => after === ''),
  goesOn(
    'until there is a letter or a digit',
    ({ before, head }) => !/[\p{L}\p{N}]/u.test(head) && !/[\p{L}\p{N}]/u.test(before),
  ),
  goesOn('to a further mark or closing quote: `. . .`, `? !`, `. »`', ({ after }) =>
    /^\s?(?:[.?!…]+(?![\p{L}\p{N}\p{Sc}.?!…])|[»›](?!\p{L}))/u.test(after),
  ),

  goesOn('after the marker of an item: `1. Wash`, `A. Where?`, `Do this: 1. Wash`', isItemMarker),

  // Without a space behind the mark.
  goesOn('between digits: `3.14`', ({ after, before }) => /\p{N}$/u.test(before) && /^\p{N}/u.test(after)),
  goesOn(
    'in a bracket or quotation that is part of the sentence: 彼は「行くの？」と聞いた',
    (view) => needsNoSpace(view) && isEmbedded(view),
  ),
  goesOn('to who said it: “走吧。”他说', (view) => needsNoSpace(view) && (isHanSpeechTag(view) || isSpeechTag(view))),
  ends('at marks that need no space: 。 । ؟', needsNoSpace),
  ends('where a space was forgotten: `late.Nobody came`', isSlip),
  goesOn('where there is no space: `example.com`, `U.S`', ({ spaced }) => !spaced),

  // What follows tells.
  goesOn('before a comma or the like: `Maria Lopez, M.D., spoke`', ({ next }) => /^[,;:/&%|)\]}]/.test(next)),
  goesOn(
    'before a small letter: `etc. were`, `“Stop!” he said`, unless it is an item’s or the text has no capitals',
    (view) => isSmall(view) && !view.itemFollows && (!hasNoCapital(view) || /[^.?!]/.test(view.marks)),
  ),
  goesOn('after an omission: `[...]`', ({ before, marks }) => /[[(]$/.test(before) && /^(?:\.{3}|…)[\])]/.test(marks)),
  goesOn(
    'after a stammer: `I... I never`',
    (view) => isEllipsis(view) && view.word !== '' && view.word.length <= 3 && sameWord(view.word, view.nextWord),
  ),
  goesOn(
    'after a pause before `I`, which has its capital everywhere: `that ... I mean`',
    (view) => view.nextWord === 'I' && (isEllipsis(view) ? /\s$/ : /\.\s$/).test(view.before),
  ),
  goesOn(
    'in names with a mark: `Yum! Brands`',
    (view) => view.marks === '!' && view.language.exclaimed.has(view.word) && !isStarter(view),
  ),
  goesOn('to who said it: `"Stop!" Anna said`, `"Good!" I said`', isSpeechTag),
  ends('at `?`, `!` and ellipses else', (view) => /[?!]/.test(view.marks) || isEllipsis(view)),

  // A full stop is left: the word before it tells.
  goesOn(
    'after the number of a heading: `II. The road`, `3. THE ROAD`',
    ({ before, head, next, word }) =>
      (/^[IVXL]+$/.test(word) && /(?:^|:\s)[IVXL]+$/.test(before)) ||
      (head === before && /^\(?(?:\d{1,3}|\p{L}|[ivx]+)$/u.test(before) && /^\p{Lu}{2}/u.test(next)),
  ),
  goesOn(
    'after what leads to a name or a word: `Mr. Hale`, `e.g. Crows`, `Cf. Section`',
    ({ before, head, language, word }) =>
      holds(language.leading, word) ||
      (head === before &&
        /^\P{L}*$/u.test(before.slice(0, -word.length)) &&
        holds(language.leading, uncapitalized(word))),
  ),
  goesOn(
    'after what leads to a number: `No. 5`, `Jan. 5`',
    (view) => isNumber(view) && holds(view.language.numbered, view.word),
  ),
  goesOn(
    'after what leads to a number or a letter: `Art. II`, `Fig. A`',
    (view) => holds(view.language.parts, view.word) && (isNumber(view) || /^(?:[IVXLC]+|[A-Z])\b/.test(view.next)),
  ),
  goesOn(
    'after the number of a step that begins the sentence: `Step 1. Wash it`, `Art. 2. All are`, `§ 3. Nobody`',
    ({ before, head, language }) => {
      const [, step = '', dot] = (head === before && /^(\p{L}+|§)(\.?)\s\p{Nd}{1,3}[a-z]?$/u.exec(before)) || [];
      return (dot === '' ? language.steps : language.parts).has(step) || step === '§';
    },
  ),
  goesOn(
    'between initials: `ए. पी. जे. अब्दुल`',
    ({ before, language, next, word }) =>
      language.letters.has(word) &&
      (language.letters.has(/^[\p{L}\p{M}]+(?=\.)/u.exec(next)?.[0] ?? '') ||
        language.letters.has(/([\p{L}\p{M}]+)\.\s?[\p{L}\p{M}]+$/u.exec(before)?.[1] ?? '')),
  ),
  goesOn(
    'after units between numbers: `6 ft. 4 in.`',
    (view) => isNumber(view) && view.language.units.has(view.word) && /\p{N}\s\p{L}+$/u.test(view.before),
  ),
  goesOn('after an ordinal: `3. Oktober`, `der 2. Versuch`', isOrdinal),
  goesOn(
    'after an abbreviation before a year or a bracket: `et al. (2011)`, `Inc. [7]`',
    (view) =>
      (/^\s(?:1\d|20)\d\d\p{L}?(?![\p{L}\p{N}])/u.test(view.after) || isAside(view.after)) && isAbbreviation(view),
  ),
  ends(
    'after an abbreviation before a bracket that is a sentence: `Inc. (He owns it.)`',
    (view) => isBracketedSentence(view.after) && isAbbreviation(view),
  ),
  goesOn(
    'after an hour before its day or zone: `9 a.m. Monday`',
    ({ language, word, nextWord }) => language.hours.has(word) && language.calendar.has(nextWord),
  ),
  goesOn(
    'after an hour that the sentence begins with: `At 7 p.m. Anna called`',
    ({ before, head, language, word }) =>
      language.hours.has(word) &&
      head === before &&
      /^\p{L}+\s[\d:.]+\s\S+$/u.test(before) &&
      language.beforeHours.has(before.slice(0, before.indexOf(' ')).toLowerCase()),
  ),
  ends('after any other hour', ({ language, word }) => language.hours.has(word)),
  ends(
    'after the pronoun `I`: `So do I. We both do.`',
    ({ before, word }) => word === 'I' && /(?:^|\s)\p{Ll}+\sI$/u.test(before),
  ),
  goesOn(
    'after initials and trailing abbreviations, unless a word that begins many sentences follows',
    (view) => (isInitials(view) || holds(view.language.trailing, view.word)) && !isStarter(view),
  ),
];

/** Whether the sentence ends at a place. */
export function endsSentence(place: Place, language: SentenceLanguage): boolean {
  const view = viewOf(place, language);
  for (const rule of RULES) if (rule.applies(view)) return rule.ends;
  return true;
}

function isItemMarker({ before, head, marks, after, item, word }: View): boolean {
  return (
    word.length < 16 && /^[.．]\)?$/.test(marks) && isMarker({ before, whole: head === before, marks, after, item })
  );
}

const uncapitalized = (word: string): string => word.charAt(0).toLowerCase() + word.slice(1);

const sameWord = (word: string, other: string): boolean => word.toLowerCase() === other.toLowerCase();
