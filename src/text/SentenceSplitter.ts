import { checkOneOf } from '../errors.js';
import { type SentenceLanguage, sentenceLanguage } from './abbreviations.js';
import { detached } from './detached.js';
import { beginsItem, interruptingMarkers, itemFollows, nextMarkers } from './listItems.js';
import { endsSentence } from './sentenceRules.js';
import { type LineBreaks, PARAGRAPH_END, WhiteSpaceFolder } from './WhiteSpaceFolder.js';

/** Options of `SentenceSplitter` and `splitSentences`. */
export interface SentenceOptions {
  /**
   * The language of the text, as a BCP 47 tag such as `'en'` or `'de-AT'`. It chooses the list of abbreviations:
   * English, German, French, Spanish and Hindi have one; any other language is split by the rules that need none.
   * @default 'en'
   */
  locale?: string | undefined;
  /**
   * What one line break is. `'space'`: white space, as in hard-wrapped prose; only a blank line or a list item begins
   * a new paragraph. `'paragraph'`: the end of the paragraph, as in transcripts that hold one paragraph a line.
   * @default 'space'
   */
  lineBreaks?: LineBreaks | undefined;
}

/** How many characters on either side of a mark, and of the sentence's beginning, the rules see. */
const CONTEXT = 80;
/** A mark, and up to 31 marks, quotes, brackets and footnotes that close behind it: `.`, `?!”)`, `.[1]`, ` ! »`. */
const MARKS =
  /[.?!…\p{STerm}](?:[.?!…\p{STerm}\p{Pe}\p{Pf}"']|\p{Pi}(?![\p{L}\p{N}])|\[\d{1,3}\]|\s[»›](?!\p{L})){0,31}/uy;
/** How many characters from a mark on must have been read before it is decided on: the longest match, and the context. */
const LOOKAHEAD = 32 * 5 + CONTEXT;
/**
 * Where a decision is due: at marks, line breaks, and what may close or be the marker of a list item. With the flag `u`, a
 * search that starts inside a surrogate pair, since a chunk ended there, finds the whole pair.
 */
const STOPS = /[\n.?!…\p{STerm})•⁃‣◦▪]/gu;
/** How much of a line is looked at for the marker of an item. */
const ITEM_LENGTH = 20;
/** How much of a long sentence stays in the buffer: what lies before is put aside, as growing a buffer copies it. */
const AT_HAND = 2048;

/**
 * Cuts a stream of text into sentences. Decides on a mark once `LOOKAHEAD` further characters have come or the text has
 * ended, from a bounded piece of text, so the cuts between chunks never show, and time is linear in the text's length.
 *
 *     const splitter = new SentenceSplitter();
 *     splitter.push('Mr. Hale left. Nob');  // []
 *     splitter.push('ody saw him.');        // []: the text may go on
 *     splitter.end();                       // ['Mr. Hale left.', 'Nobody saw him.']
 *
 * White space within a sentence is one space; no sentence is empty.
 * @throws {InvalidArgumentError} when an option cannot be used.
 */
export class SentenceSplitter {
  readonly #language: SentenceLanguage;
  readonly #folder: WhiteSpaceFolder;
  /** The sentence that is being read: pieces put aside, then `#buffer` from `#start`. */
  #aside: string[] = [];
  #buffer = '';
  #start = 0;
  /** Everything in the buffer before this is decided. */
  #position = 0;
  /** Whether the sentence begins a line. */
  #beginsLine = true;
  /** The markers that the next item of the paragraph's last list may have. */
  #nextMarkers: readonly string[] = [];

  constructor({ locale = 'en', lineBreaks = 'space' }: SentenceOptions = {}) {
    this.#language = sentenceLanguage(locale);
    this.#folder = new WhiteSpaceFolder(checkOneOf('lineBreaks', lineBreaks, ['space', 'paragraph']));
  }

  /** Takes the next chunk and returns the sentences that are now complete. */
  push(chunk: string): string[] {
    this.#buffer += this.#folder.push(chunk);
    const sentences = this.#split(false);
    this.#shorten();
    return sentences;
  }

  /** Ends the text and returns the sentences that are left. */
  end(): string[] {
    const sentences = this.#split(true);
    this.#endSentence(this.#buffer.length, this.#buffer.length, sentences);
    this.#shorten();
    return sentences;
  }

  #split(ended: boolean): string[] {
    const sentences: string[] = [];
    const buffer = this.#buffer;
    for (;;) {
      STOPS.lastIndex = this.#position;
      const stop = STOPS.exec(buffer)?.index ?? buffer.length;
      this.#position = stop;
      if (stop === buffer.length || (!ended && stop + LOOKAHEAD > buffer.length)) return sentences;
      const character = buffer.charAt(stop);
      if (character === '\n') this.#readLineBreak(stop, sentences);
      else {
        this.#endBeforeItem(stop, character, sentences);
        if (/[)•⁃‣◦▪]/.test(character)) this.#position = stop + 1;
        else this.#readMarks(stop, sentences);
      }
    }
  }

  #readLineBreak(at: number, sentences: string[]): void {
    const next = at + (this.#buffer.startsWith(PARAGRAPH_END, at) ? 2 : 1);
    const line = this.#buffer.slice(next, next + ITEM_LENGTH);
    if (next > at + 1 || beginsItem(line, this.#head(at), this.#buffer.charAt(at - 1), this.#nextMarkers))
      this.#endSentence(at, next, sentences);
    // A list ends with its paragraph.
    if (next > at + 1) this.#nextMarkers = [];
    this.#position = next;
  }

  /** Ends an item where the marker of the next one stands in the same line: `1. Wash 2. Boil`. */
  #endBeforeItem(at: number, character: string, sentences: string[]): void {
    // Most marks follow a word that is no marker.
    if (!/[.．)•⁃‣◦▪]/.test(character) || /^[a-z][a-hj-uwyz]$/.test(this.#buffer.slice(at - 2, at))) return;
    for (const marker of interruptingMarkers(this.#head(at))) {
      const from = at - marker.indexOf(character);
      const end = from + marker.length;
      if (from <= this.#start || from > at || !this.#buffer.startsWith(` ${marker}`, from - 1)) continue;
      // `2.` of `2.5` is no marker.
      if (marker.endsWith('.') && !/^\s?$/.test(this.#buffer.charAt(end))) continue;
      this.#endSentence(from, from, sentences);
      return;
    }
  }

  #readMarks(at: number, sentences: string[]): void {
    MARKS.lastIndex = at;
    const marks = MARKS.exec(this.#buffer)?.[0] ?? '';
    const end = at + marks.length;
    const before = this.#buffer.slice(Math.max(this.#start, at - CONTEXT), at);
    const [after = ''] = this.#buffer.slice(end, end + CONTEXT).split(PARAGRAPH_END, 1);
    const item = this.#beginsLine || this.#nextMarkers.includes(before + marks);
    const head = this.#head(at);
    const place = {
      head,
      before,
      marks,
      after,
      item,
      itemFollows: itemFollows(after, head, this.#nextMarkers),
    };
    if (endsSentence(place, this.#language)) this.#endSentence(end, end + (/^\s/.test(after) ? 1 : 0), sentences);
    this.#position = end;
  }

  /** The first characters of the sentence, up to a place. */
  #head(end: number): string {
    return this.#aside[0]?.slice(0, CONTEXT) ?? this.#buffer.slice(this.#start, Math.min(end, this.#start + CONTEXT));
  }

  /** Ends the sentence at a place; the next one starts at another, behind the separator. */
  #endSentence(end: number, next: number, sentences: string[]): void {
    const text = this.#aside.join('') + this.#buffer.slice(this.#start, end);
    const sentence = text.replaceAll('\n', ' ').trim();
    this.#aside = [];
    this.#start = next;
    this.#beginsLine = this.#buffer[next - 1] === '\n';
    if (sentence === '') return;
    sentences.push(detached(sentence));
    const markers = nextMarkers(sentence);
    if (markers.length > 0) this.#nextMarkers = markers;
  }

  /** Drops from the buffer what is decided and no context of what is to come. */
  #shorten(): void {
    const context = this.#position - CONTEXT;
    if (context - this.#start > AT_HAND) {
      this.#aside.push(this.#buffer.slice(this.#start, context));
      this.#start = context;
    }
    const decided = Math.min(this.#start, this.#position);
    this.#buffer = this.#buffer.slice(decided);
    this.#start -= decided;
    this.#position -= decided;
  }
}
