import { concat, defer, mergeMap, type OperatorFunction } from 'rxjs';
import { type SentenceOptions, SentenceSplitter } from '../text/SentenceSplitter.js';
import { checkText } from './checkText.js';

/**
 * Cuts text into sentences: a sentence ends at `.`, `?` or `!`, with the quotes and brackets that close behind it, or at
 * the end of its paragraph. How the text was cut into chunks makes no difference; `SentenceSplitter` says more.
 *
 *     'Mr. Hale left. Nob', 'ody saw him.' ──▶ splitSentences() ──▶ 'Mr. Hale left.', 'Nobody saw him.'
 *
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {SourceError} (as the stream's error) when it is given anything but strings.
 */
export function splitSentences(options: SentenceOptions = {}): OperatorFunction<string, string> {
  // A mistake in the options is an error here, not in the stream.
  new SentenceSplitter(options);
  return (source) =>
    defer(() => {
      const splitter = new SentenceSplitter(options);
      return concat(
        source.pipe(mergeMap((chunk) => splitter.push(checkText('splitSentences', chunk)))),
        defer(() => splitter.end()),
      );
    });
}
