import { filter, type MonoTypeOperatorFunction, map, pipe } from 'rxjs';

/**
 * Makes curly quotes straight, and leaves out sentences of fewer words than `minWords`.
 *
 *     '“Yes.”', '“We will.”' ──▶ plainSentences(2) ──▶ '"We will."'
 */
export function plainSentences(minWords: number): MonoTypeOperatorFunction<string> {
  return pipe(
    map((sentence: string) => sentence.replace(/[“”]/g, '"')),
    filter((sentence) => sentence.split(' ').length >= minWords),
  );
}
