import { concat, defer, type MonoTypeOperatorFunction, mergeMap } from 'rxjs';
import { InvalidArgumentError } from '../../../src/index.js';

/**
 * Joins each `count` sentences into one, and at the end those that are left.
 *
 *     'One.', 'Two.', 'Three.' ──▶ joinSentences(2) ──▶ 'One. Two.', 'Three.'
 */
export function joinSentences(count: number): MonoTypeOperatorFunction<string> {
  if (!(count >= 1)) throw new InvalidArgumentError(`Expected count to be at least 1, got ${count}`);
  return (source) =>
    defer(() => {
      let held: string[] = [];
      const flush = (): string[] => {
        const joined = held.length === 0 ? [] : [held.join(' ')];
        held = [];
        return joined;
      };
      const add = (sentence: string): string[] => (held.push(sentence) < count ? [] : flush());
      return concat(source.pipe(mergeMap(add)), defer(flush));
    });
}
