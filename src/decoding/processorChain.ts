import { invalid, NonFiniteError } from '../errors.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import type { CheckedDecodingOptions } from './DecodingOptions.js';
import { type ExcludingOptions, exclusions } from './exclusions.js';
import { highest } from './highest.js';
import type { DecodingContext, LogProbabilityProcessor } from './LogProbabilityProcessor.js';
import { logSumExp } from './logSumExp.js';

/** The log-probabilities by which a token is chosen, or, where none may come, the error that says why. */
export type Choosable = Float32Array | NonFiniteError;

/**
 * What happens to log-probabilities between a predictor and the choice of a token: what may not come is
 * excluded, then the processors run in order, and none of them can bring that back, or make the probabilities sum to more
 * than one. The predictor's array stays as it is; the one that comes out is the same each time, and holds until the next.
 *
 * How many ids were generated may be said apart: where there are no processors, a search makes no lists of them.
 *
 * The function it returns throws `NonFiniteError` when a log-probability is NaN or +∞,
 * and `InvalidArgumentError` when there is not one log-probability per id, in a `Float32Array`.
 */
export function processorChain(
  tokenizer: Tokenizer,
  options: ExcludingOptions & Pick<CheckedDecodingOptions, 'processors'>,
): (logProbabilities: Float32Array, context: DecodingContext, length?: number) => Choosable {
  const { vocabularySize } = tokenizer;
  const exclude = exclusions(tokenizer, options);
  const working = new Float32Array(vocabularySize);
  const before = new Float32Array(vocabularySize);

  /** Takes log-probabilities over, without what may not come; whether a token is left. */
  const take = (logProbabilities: Float32Array, length: number, origin: string): boolean => {
    if (!(logProbabilities instanceof Float32Array))
      throw invalid(`the log-probabilities from ${origin}`, 'a Float32Array', logProbabilities);
    if (logProbabilities.length !== vocabularySize)
      throw invalid(`the number of log-probabilities from ${origin}`, `${vocabularySize}`, logProbabilities.length);
    if (logProbabilities !== working) working.set(logProbabilities);
    exclude.apply(working, length);
    const best = highest(working);
    if (Number.isFinite(best)) return true;
    if (best === -Infinity) return false;
    throw new NonFiniteError(`Expected the highest log-probability from ${origin} to be finite, got ${best}`);
  };

  return (logProbabilities, context, length = context.generatedIds.length) => {
    const deadEnd = (origin: string): NonFiniteError => {
      const names = exclude.namesOf(logProbabilities, length);
      const all = [origin, ...names].join(' and ');
      return new NonFiniteError(
        `Expected the highest log-probability from ${all} to be finite, got -Infinity: it leaves no token to choose`,
      );
    };
    if (!take(logProbabilities, length, 'the predictor')) return deadEnd('the predictor');
    for (const { name, process } of options.processors) {
      before.set(working);
      if (!take(process(working, context) ?? working, length, name)) return deadEnd(withFunctionName(name, process));
      if (isAnyHigher(working, before)) sumToOneAtMost(working);
    }
    return working;
  };
}

/** Which processor it was, also where it was given as a flag: `processors[0] (noRepeatNgram)`. */
function withFunctionName(option: string, { name }: LogProbabilityProcessor): string {
  return name === '' || name === option ? option : `${option} (${name})`;
}

/** Whether a log-probability was raised: else their probabilities sum to no more than before. */
function isAnyHigher(logProbabilities: Float32Array, before: Float32Array): boolean {
  for (let id = 0; id < logProbabilities.length; id++)
    if ((logProbabilities[id] as number) > (before[id] as number)) return true;
  return false;
}

function sumToOneAtMost(logProbabilities: Float32Array): void {
  const sum = logSumExp(logProbabilities);
  if (sum <= 0) return;
  for (let id = 0; id < logProbabilities.length; id++)
    logProbabilities[id] = Math.min(0, (logProbabilities[id] as number) - sum);
}
