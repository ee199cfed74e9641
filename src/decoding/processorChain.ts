import { invalid, NonFiniteError } from '../errors.js';
import type { Tokenizer } from '../text/Tokenizer.js';
import type { CheckedDecodingOptions } from './DecodingOptions.js';
import { type ExcludingOptions, exclusions } from './exclusions.js';
import { highest } from './highest.js';
import type { DecodingContext } from './LogProbabilityProcessor.js';

/**
 * What happens to log-probabilities between a predictor and the choice of a token: what may not come is
 * excluded, then the processors run in order, and none of them can bring that back. The predictor's array stays as it is;
 * the one that comes out is the same each time, and holds until the next.
 *
 * The function it returns throws `NonFiniteError` when a log-probability is NaN or +∞ or no token is left to choose,
 * and `InvalidArgumentError` when there is not one log-probability per id, in a `Float32Array`.
 */
export function processorChain(
  tokenizer: Tokenizer,
  options: ExcludingOptions & Pick<CheckedDecodingOptions, 'processors'>,
): (logProbabilities: Float32Array, context: DecodingContext) => Float32Array {
  const { vocabularySize } = tokenizer;
  const exclude = exclusions(tokenizer, options);
  const working = new Float32Array(vocabularySize);
  const choosable = (
    logProbabilities: Float32Array,
    { generatedIds }: DecodingContext,
    origin: string,
  ): Float32Array => {
    if (!(logProbabilities instanceof Float32Array))
      throw invalid(`the log-probabilities from ${origin}`, 'a Float32Array', logProbabilities);
    if (logProbabilities.length !== vocabularySize)
      throw invalid(`the number of log-probabilities from ${origin}`, `${vocabularySize}`, logProbabilities.length);
    if (logProbabilities !== working) working.set(logProbabilities);
    exclude(working, generatedIds);
    const best = highest(working);
    if (Number.isFinite(best)) return working;
    throw new NonFiniteError(
      `Expected the highest log-probability from ${origin} to be finite, got ${best}${best === -Infinity ? ': it leaves no token to choose' : ''}`,
    );
  };
  return (logProbabilities, context) =>
    options.processors.reduce(
      (values, process, index) => choosable(process(values, context) ?? values, context, `processors[${index}]`),
      choosable(logProbabilities, context, 'the predictor'),
    );
}
