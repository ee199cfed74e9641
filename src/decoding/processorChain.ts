import { invalid, NonFiniteError } from '../errors.js';
import { PAD_ID, type Tokenizer } from '../text/Tokenizer.js';
import { highest } from './highest.js';
import type { DecodingContext, LogProbabilityProcessor } from './LogProbabilityProcessor.js';

/**
 * What happens to log-probabilities between a predictor and the choice of a token: pad and unknown are excluded, then
 * the processors run in order, and none of them can bring these two back. The predictor's array stays as it is.
 *
 * The function it returns throws `NonFiniteError` when a log-probability is NaN or +∞ or no token is left to choose,
 * and `InvalidArgumentError` when there is not one log-probability per id.
 */
export function processorChain(
  { vocabularySize, unknownId }: Tokenizer,
  processors: readonly LogProbabilityProcessor[],
): (logProbabilities: Float32Array, context: DecodingContext) => Float32Array {
  const choosable = (logProbabilities: Float32Array, origin: string): Float32Array => {
    if (logProbabilities.length !== vocabularySize)
      throw invalid(`the number of log-probabilities from ${origin}`, `${vocabularySize}`, logProbabilities.length);
    const copy = logProbabilities.slice();
    for (const id of [PAD_ID, unknownId]) copy[id] = -Infinity;
    const best = highest(copy);
    if (Number.isFinite(best)) return copy;
    throw new NonFiniteError(
      `Expected the highest log-probability from ${origin} to be finite, got ${best}${best === -Infinity ? ': it leaves no token to choose' : ''}`,
    );
  };
  return (logProbabilities, context) =>
    processors.reduce(
      (values, process, index) => choosable(process(values, context) ?? values, `processors[${index}]`),
      choosable(logProbabilities, 'the predictor'),
    );
}
