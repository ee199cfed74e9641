import { checkNumber } from '../../errors.js';
import type { LogProbabilityProcessor } from '../LogProbabilityProcessor.js';

/**
 * Lets no sequence of n tokens come twice, the prompt counted (Paulus, Xiong and Socher 2018). EOS is not a token of it.
 * @throws {InvalidArgumentError} when n is not a positive integer.
 */
export function noRepeatNgram(n: number): LogProbabilityProcessor {
  checkNumber('noRepeatNgram', n, { integer: true, min: 1 });
  // Named: of our processors, this one alone can leave no token, and the error then says which it was.
  return function noRepeatNgram(logProbabilities, { promptIds, generatedIds }) {
    const ids = [...promptIds, ...generatedIds];
    const last = ids.slice(ids.length - (n - 1));
    for (let start = 0; start + n <= ids.length; start++) {
      const repeats = last.every((id, offset) => ids[start + offset] === id);
      if (repeats) logProbabilities[ids[start + n - 1] ?? 0] = -Infinity;
    }
  };
}
