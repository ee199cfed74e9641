import { holds, type SentenceLanguage } from './abbreviations.js';
import type { View } from './sentencePlace.js';

/** How many words behind a quotation are looked at. */
const WORDS = 14;
/** How many words a speaker has at most in a script without capitals. */
const LONGEST_CASELESS = 6;
/** What may stand between the words of a name. */
const PARTICLES = new Set(
  'and & of van von vom zu der den de da di del della la le du bin ibn al el y e the of'.split(' '),
);
/** What may stand between a name and its verb, beside adverbs in `-ly`. */
const HELPERS = new Set(
  'then also too just only once again finally always never often himself herself would will had has have could can did must kept keeps was is'.split(
    ' ',
  ),
);

/**
 * Whether who said it follows a quotation: a name, a title or `I`, and a verb of speech that has no other object than the
 * quotation: `"Stop!" Dr. Anna Bell shouted.`, `"Why?" I asked her.`, but `"Good!" I said nothing.`
 */
export function isSpeechTag({ head, before, language, marks, next, nextWord }: View): boolean {
  if (marks.length < 2 || !/["'”’»›“‘«‹]$/.test(marks)) return false;
  const beginsSentence = language.starters.has(nextWord.toLowerCase()) && !holds(language.leading, nextWord);
  if (beginsSentence && nextWord !== 'I') return false;
  const words = next.split(/\s/, WORDS);
  const verb = words.findIndex((word) => isVerb(bare(word), language));
  if (verb < 1 || !isSpeaker(words.slice(0, verb), bare(words[verb] ?? ''), language)) return false;
  // Where no capital shows a name, the verb must be the last word: `“तुम कौन हो?” राम ने पूछा।`
  if (/^\p{Lo}/u.test(next) && (verb > LONGEST_CASELESS || /[\p{L}\p{M}\p{N}]$/u.test(words[verb] ?? ''))) return false;
  // Behind a full stop, where grammar wants a comma, only the plainest form is no sentence of its own.
  if (/^\.(?!\.)/.test(marks) && !(/^["'“‘«»„]/.test(head) && isPlain(words, verb, language))) return false;
  return !isIntroduced(before, language) && !hasObject(words, verb, language);
}

const bare = (word: string): string => word.replace(/[^\p{L}\p{M}\p{N}]+$/u, '');

const isVerb = (word: string, { speech, sounds, sayings }: SentenceLanguage): boolean =>
  speech.has(word) || sounds.has(word) || sayings.has(word);

/** Whether the quotation before has been said to be one: `He asked, "Why?"` */
function isIntroduced(before: string, language: SentenceLanguage): boolean {
  const [, word = '', mark] = /(\p{L}+)([,:]?)\s["'“‘«„»][^"“”«»„]*$/u.exec(before) ?? [];
  return mark === ',' || mark === ':' || isVerb(word, language);
}

/** Whether words before a verb are a name, a title and a name, or `I`, with adverbs and helping verbs. */
function isSpeaker(words: readonly string[], verb: string, { leading, trailing, sayings }: SentenceLanguage): boolean {
  let afterName = 0;
  let helped = words[0] === 'I';
  for (const [index, word] of words.entries()) {
    const plain = bare(word);
    if (
      /[.!?…:;]["'”’)\]]*$/.test(word) &&
      !/^(?:\p{L}\.)+$/u.test(word) &&
      !holds(leading, plain) &&
      !holds(trailing, plain)
    )
      return false;
    if (/[’']d$|[’']ll$/.test(word)) helped = true;
    if (/n['’]t$/.test(plain)) return false;
    if (/^[\p{Lu}\p{Lo}]/u.test(word)) {
      // `Anna's mother`, `Tom's older brother`
      afterName = /['’]s$/.test(plain) ? 2 : 0;
      continue;
    }
    if (index === 0) return false;
    // `Mary and her brother`
    if (plain === 'and') afterName = 3;
    else if (HELPERS.has(plain)) helped = true;
    else if (!PARTICLES.has(plain) && !/ly$/.test(plain) && afterName-- < 1) return false;
  }
  return helped || !sayings.has(verb);
}

/**
 * Whether a verb has an object, so that what was said is not the quotation before: `I said nothing`, `I thought he was late`,
 * `I called the police`, `I said, "No."`
 */
function hasObject(words: readonly string[], verb: number, language: SentenceLanguage): boolean {
  const [said = '', first = '', second, third] = words.slice(verb);
  const addresses = language.addressing.has(bare(said));
  if (/^["'“‘«„»]?\p{Lu}/u.test(first) && /[\p{L},:]$/u.test(said) && !language.calendar.has(bare(first)))
    return /[,:]$/.test(said) || !addresses || second === 'to';
  if (/[^\p{L}\p{N}]$/u.test(said)) return false;
  const [object = ''] = bare(first).toLowerCase().split(/['’]/);
  if (language.contents.has(object)) return true;
  const determined = language.determiners.has(object);
  return addresses ? (determined ? third : second) === 'to' : determined || language.subjects.has(object);
}

/** Whether a tag is no more than a speaker and a plain verb: `I said.`, `Anna replied quietly.` */
function isPlain(words: readonly string[], verb: number, { sounds }: SentenceLanguage): boolean {
  const tail = words[verb] ?? '';
  return !sounds.has(bare(tail)) && (/[.,;:]$/.test(tail) || /ly[.,;:]?$/.test(words[verb + 1] ?? 'ly'));
}

/** A few Han characters and a verb of speech, up to a mark: `“走吧。”他说。` */
const HAN_TAG =
  /^(?:(?![没沒不未無无])\p{Script=Han}){0,8}?(?:[说說问問喊叫答嚷吼叹嘆笑]道?|回答|心想)[，。：；！？,.:;!?]/u;

/** A quotation that is open, behind the colon or comma of who says it. */
const HAN_INTRODUCED = /[：:，,]\s?["'“‘「『][^"“”‘’「」『』]*$/;

/** Whether who said it follows a quotation without a space, and does not stand before it: `他问：“你是谁？”` */
export const isHanSpeechTag = ({ marks, after, before }: View): boolean =>
  /["'”’」』]$/.test(marks) && HAN_TAG.test(after) && !HAN_INTRODUCED.test(before);
