import { concat, defer, mergeMap, type OperatorFunction } from 'rxjs';
import { detached } from '../text/detached.js';
import { checkText } from './checkText.js';

/**
 * Takes each line as a sentence, without the white space around it; empty lines are left out.
 *
 *     'One.\nTw', 'o.\r\n\nThree.' ──▶ splitLines() ──▶ 'One.', 'Two.', 'Three.'
 *
 * For a corpus that is cut into sentences already. A line ends at `'\n'`, `'\r\n'` or `'\r'`, the last one at the end.
 *
 * @throws {SourceError} (as the stream's error) when it is given anything but strings.
 */
export function splitLines(): OperatorFunction<string, string> {
  return (source) =>
    defer(() => {
      /** The pieces of the line that is being read. */
      let line: string[] = [];
      const end = (): string[] => {
        const sentence = line.join('').trim();
        line = [];
        return sentence === '' ? [] : [detached(sentence)];
      };
      const read = function* (chunk: string): Generator<string> {
        // A '\r\n' that is cut in two is read as two ends, with an empty line between them.
        const [first = '', ...others] = checkText('splitLines', chunk).split(/\r\n|[\r\n]/);
        line.push(first);
        for (const piece of others) {
          yield* end();
          line.push(piece);
        }
      };
      return concat(source.pipe(mergeMap(read)), defer(end));
    });
}
