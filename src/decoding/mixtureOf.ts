import { checkNumber, InvalidArgumentError, invalid } from '../errors.js';
import { sameTokenizer } from '../text/sameTokenizer.js';
import type { TokenPredictor } from './TokenPredictor.js';

/** How far from 1 the sum of weights may be, by rounding. */
const ROUNDING = 1e-6;

/**
 * Models as one, whose probabilities are a weighted mean of theirs (Jelinek and Mercer, “Interpolated estimation of Markov source parameters from
 * sparse data”, 1980): for every decoder, for `score` and for `evaluate`. They may be of different kinds; `fitWeights` finds the weights. It takes
 * the time and the memory of all of them; they stay whose they are.
 *
 *     const models = [model, await ngramModel(text.tokenizer, text.batches(0))];
 *     const mixture = mixtureOf(models, await fitWeights(models, text.validBatches));
 *
 * @throws {InvalidArgumentError} when there is no model, their tokenizers are not the same, or weights are not one a model, of at least 0, with
 *   the sum 1.
 */
export function mixtureOf(
  models: readonly TokenPredictor<unknown>[],
  weights: readonly number[],
): TokenPredictor<readonly unknown[]> {
  const tokenizer = sameTokenizer(models);
  const members = [...models];
  const logWeights = checkedWeights(weights, members.length).map(Math.log);

  type Made = { logProbabilities: Float32Array; state: unknown };
  const together = async (ask: (member: TokenPredictor<unknown>, at: number) => Promise<Made>) => {
    const asked = await Promise.allSettled(members.map(ask));
    const failed = asked.find((one) => one.status === 'rejected');
    if (failed) {
      for (const [at, one] of asked.entries()) if (one.status === 'fulfilled') members[at]?.free(one.value.state);
      throw failed.reason;
    }
    const made = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    return {
      logProbabilities: weightedMean(
        made.map(({ logProbabilities }) => logProbabilities),
        logWeights,
      ),
      state: made.map(({ state }) => state),
    };
  };
  const bytes = members.map(({ stateBytes }) => stateBytes);
  const predictor: TokenPredictor<readonly unknown[]> = {
    tokenizer,
    stateBytes: bytes.some((one) => one === undefined)
      ? undefined
      : bytes.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    next: (state, rows, ids) => together((member, at) => member.next(state?.[at], rows, ids)),
    free(state) {
      for (const [at, member] of members.entries()) member.free(state[at]);
    },
  };
  const readers = members.flatMap((member) => (member.read ? [member.read.bind(member)] : []));
  if (readers.length < members.length) return predictor;
  return {
    ...predictor,
    read: (state, row, ids) => together((_, at) => (readers[at] as (typeof readers)[number])(state?.[at], row, ids)),
  };
}

/** @throws {InvalidArgumentError} when weights are not one a model, of at least 0, with the sum 1. */
function checkedWeights(weights: readonly number[], count: number): readonly number[] {
  if (!Array.isArray(weights) || weights.length !== count)
    throw invalid('weights', `a number for each of ${count} models`, weights);
  const own: readonly number[] = [...weights];
  for (const weight of own) checkNumber('each of weights', weight, { min: 0 });
  const sum = own.reduce((all, one) => all + one, 0);
  if (!(Math.abs(sum - 1) <= ROUNDING))
    throw new InvalidArgumentError(`Expected weights with the sum 1, got ${sum}`, { options: ['weights'] });
  return own;
}

/** log of the weighted mean of probabilities, of their logarithms and those of the weights. */
function weightedMean(parts: readonly Float32Array[], logWeights: readonly number[]): Float32Array {
  const [first = new Float32Array(0)] = parts;
  return first.map((_, at) => {
    const terms = parts.map((part, model) => (part[at] ?? NaN) + (logWeights[model] ?? NaN));
    const largest = Math.max(...terms);
    if (largest === -Infinity) return largest;
    return largest + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - largest), 0));
  });
}
