import type { View } from './sentencePlace.js';

/** Brackets and quotes, each with the one that closes it. */
const PAIRS = [
  '「」',
  '『』',
  '（）',
  '()',
  '【】',
  '〈〉',
  '《》',
  '〔〕',
  '［］',
  '[]',
  '｛｝',
  '〖〗',
  '“”',
  '‘’',
  '〝〟',
  '｢｣',
];
const CLOSES: ReadonlyMap<string, string> = new Map(PAIRS.map((pair) => [pair.charAt(0), pair.charAt(1)]));
const anyOf = (brackets: string): string => `[${brackets.replaceAll(/[[\]]/g, '\\$&')}]`;
const OPENING = new RegExp(anyOf([...CLOSES.keys()].join('')));
const BRACKETS = new RegExp(anyOf(PAIRS.join('')), 'g');

/** What goes on with a Japanese sentence behind a quotation; `ところが` and the like begin one. */
const PARTICLE = /^\s?(?:と(?!ころ|ても|にかく|りあえず|きどき|うとう|もだち)|って|を|の(?![ちんどぼ])|など|なんて)/;

/**
 * Whether a mark that needs no space stands in a bracket or a quotation which is part of a sentence: `彼は「行くの？」と聞いた`,
 * `この店（旧店は閉店。）は新しい`, `彼は「行く。君は？」と聞いた`. It is if it opens within the sentence, though not behind a comma
 * or a colon, or if a particle follows. What opens or closes out of view is not seen.
 */
export function isEmbedded({ head, before, marks, after, spaced }: View): boolean {
  if (marks.length === 1 && !OPENING.test(before)) return false;
  const open = openBrackets(before);
  const whole = head === before;
  if (/[\p{Pe}\p{Pf}"']$/u.test(marks)) {
    // `《》` enclose a title.
    if (PARTICLE.test(after) || /[》〉]$/.test(marks)) return true;
    const closed = Array.from(marks.matchAll(BRACKETS), ([bracket]) =>
      isClosed(open.at(-1), bracket) ? open.pop() : undefined,
    );
    const last = closed.at(-1) ?? (whole ? undefined : openBrackets(head).at(-1));
    if (last !== undefined && opensWithin(last, whole) && (!spaced || /[)）\]］】〕｝〗]$/.test(marks))) return true;
  }
  if (spaced || open.length === 0) return false;
  const closing = firstClosing(after);
  return open.some(
    (bracket) =>
      isClosed(bracket, after.charAt(closing)) &&
      (opensWithin(bracket, whole) || PARTICLE.test(after.slice(closing + 1))),
  );
}

/** A bracket that is open, and the text before it. */
interface OpenBracket {
  readonly bracket: string;
  readonly before: string;
}

const isClosed = (open: OpenBracket | undefined, bracket: string): boolean =>
  open !== undefined && CLOSES.get(open.bracket) === bracket;

const opensWithin = ({ before }: OpenBracket, whole: boolean): boolean =>
  (!whole || /[\p{L}\p{N}]/u.test(before)) && !/[,，、:：—―…]\s?$/.test(before);

/** The brackets that open in a text and do not close in it. */
function openBrackets(text: string): OpenBracket[] {
  const open: OpenBracket[] = [];
  for (const { 0: bracket, index } of text.matchAll(BRACKETS)) {
    if (CLOSES.has(bracket)) open.push({ bracket, before: text.slice(0, index) });
    else if (isClosed(open.at(-1), bracket)) open.pop();
  }
  return open;
}

/** The place of the first bracket in a text that closes one which opened before. */
function firstClosing(text: string): number {
  let depth = 0;
  for (const { 0: bracket, index } of text.matchAll(BRACKETS)) {
    depth += CLOSES.has(bracket) ? 1 : -1;
    if (depth < 0) return index;
  }
  return text.length;
}

/** A bracket at the beginning of a text, and what follows it. */
const ASIDE = /^\s?[([{]((?:[^()[\]{}]|[([{][^()[\]{}]*[)\]}])*)[)\]}]\s?(.?)/su;

/** Whether a bracket follows that is a sentence, none within another: `It grew. (Nobody saw it.)` */
export function isBracketedSentence(after: string): boolean {
  if (!/^\s?[([{]\p{Lu}/u.test(after)) return false;
  const [, content = '', next = ''] = ASIDE.exec(after) ?? [];
  if (/[\p{Ll},;:]/u.test(next)) return false;
  return /\s.*[.?!…]["'”’»]*$/su.test(content);
}

/** Whether a bracket follows that is no sentence: `(2011)`, `[7]`, `(see Table 3)`. */
export const isAside = (after: string): boolean =>
  /^\s?[([{]\p{N}/u.test(after) || (ASIDE.test(after) && !isBracketedSentence(after));
