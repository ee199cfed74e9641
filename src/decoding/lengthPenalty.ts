import { checkNumber, InvalidArgumentError } from '../errors.js';

/** How hypotheses of different length are compared. */
export interface LengthPenalty {
  /** The score of a hypothesis of `length` tokens, EOS counted where it has come. */
  score(logProbability: number, length: number): number;
  /** The highest score that a hypothesis of `logProbability` can still reach by growing. */
  bound(logProbability: number): number;
}

/**
 * The length penalty of Wu et al. ("Google's neural machine translation system", 2016, equation 14):
 *
 *     score = log-probability / lp(length),   lp(length) = ((5 + length) / 6)^α
 *
 * With α = 0 the score is the log-probability. A hypothesis that grows can at best add tokens of log-probability 0 up to
 * the length that favours it most. Since log-probabilities are at most 0 and lp rises with the length, that is
 * `maxLength`: bound = log-probability / lp(maxLength).
 *
 * @throws {InvalidArgumentError} when α is below 0, or above 0 without a `maxLength`.
 */
export function lengthPenalty(alpha: number, maxLength: number | undefined): LengthPenalty {
  checkNumber('lengthPenalty', alpha, { min: 0 });
  if (alpha > 0 && maxLength === undefined)
    throw new InvalidArgumentError(
      'Expected a maxLength with a lengthPenalty above 0, got none: no search could tell when to stop',
    );
  const penalty = (length: number): number => ((5 + length) / 6) ** alpha;
  const score = (logProbability: number, length: number): number => logProbability / penalty(length);
  // Without a maxLength, α is 0 and no length matters.
  return { score, bound: (logProbability) => score(logProbability, maxLength ?? 0) };
}
