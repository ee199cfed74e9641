/** What one line break within a paragraph is: a space (hard-wrapped prose), or the paragraph's end (one a line). */
export type LineBreaks = 'space' | 'paragraph';

/** The end of a paragraph in folded text. */
export const PARAGRAPH_END = '\n\n';

/**
 * Folds every run of white space in a stream into one separator: `' '`, `'\n'` where it holds one line break, and
 * `PARAGRAPH_END` where it holds more, or any at all if every line is a paragraph. White space around the text goes.
 * How the text is cut into chunks makes no difference: a run is folded when the character behind it arrives.
 */
export class WhiteSpaceFolder {
  readonly #separators: readonly [space: string, oneBreak: string, moreBreaks: string];
  /** The run of white space at the end of what was read, as `summary` gives it; `''` if there is none. */
  #run = '';
  #started = false;

  constructor(lineBreaks: LineBreaks) {
    this.#separators = [' ', lineBreaks === 'space' ? '\n' : PARAGRAPH_END, PARAGRAPH_END];
  }

  /** Takes the next chunk and returns it folded, without the white space at its end. */
  push(chunk: string): string {
    const words = chunk.trim();
    if (words === '') {
      if (chunk !== '') this.#run = summary(this.#run + chunk);
      return '';
    }
    const start = chunk.length - chunk.trimStart().length;
    const before = this.#started ? this.#fold(this.#run + chunk.slice(0, start)) : '';
    // A single space is folded already: the pattern finds every other run.
    const folded = before + words.replace(/[^\S ]\s*|\s{2,}/g, (run) => this.#fold(run));
    const end = chunk.slice(start + words.length);
    this.#run = end === '' ? '' : summary(end);
    this.#started = true;
    return folded;
  }

  #fold(run: string): string {
    if (run === '') return '';
    const short = summary(run);
    return this.#separators[short === ' ' ? 0 : short.length === 1 ? 1 : 2];
  }
}

/** A run of white space in at most two characters: its line breaks, or one space if it has none. */
function summary(run: string): string {
  const breaks = run
    // '\r' at the end stays as it is, for the '\n' that may come.
    .replace(/\r\n|\r(?!$)|\u2028/g, '\n')
    .replace(/\u2029/g, '\n\n')
    .replace(/[^\r\n]/g, '');
  return breaks === '' ? ' ' : breaks.slice(-2);
}
