import { checkIterable, NonFiniteError, SourceError } from '../errors.js';
import { eventLoopTurns } from '../eventLoop.js';
import { checkBatch } from '../model/checkBatch.js';
import type { Batch } from '../pipeline/Batch.js';
import { sameTokenizer } from '../text/sameTokenizer.js';
import { PredictedLoss, type Predictor } from './predictedLoss.js';

/** So many rounds at most, and fewer where no weight changes by more. */
const ROUNDS = 1000;
const CHANGE = 1e-6;

/**
 * Finds the weights with which a mixture of models predicts a text best, for `mixtureOf`, by expectation maximization (Jelinek and Mercer,
 * “Interpolated estimation of Markov source parameters from sparse data”, 1980; Dempster, Laird and Rubin 1977): each model's weight becomes
 * its mean share in the probabilities of the tokens, again and again. Take text that no model has learned from, else the weight goes to those that know it
 * by heart. The text is read once. Resolves to a weight for each model, with the sum 1.
 *
 * @throws {InvalidArgumentError} when there is no model, their tokenizers are not the same, or a batch is not for them.
 * @throws {SourceError} when there is no token that counts.
 * @throws {NonFiniteError} when no model finds a token possible, or log-probabilities are no numbers.
 */
export async function fitWeights(
  models: readonly Predictor<unknown>[],
  batches: AsyncIterable<Batch>,
): Promise<number[]> {
  const { vocabularySize } = sameTokenizer(models);
  checkIterable('batches', 'batches that can be iterated', batches);
  const predicted = models.map((model) => new PredictedLoss(model));
  const turn = eventLoopTurns();
  /** Of each token, its mask and what the models say of it, times a number of its own. */
  const masks: number[] = [];
  const likelihoods = models.map((): number[] => []);
  try {
    for await (const batch of batches) {
      checkBatch(batch, vocabularySize);
      const made: Float64Array[] = [];
      for (const one of predicted) {
        made.push(await one.logProbabilities(batch));
        await turn();
      }
      for (const [at, mask] of batch.mask.entries()) {
        if (mask === 0) continue;
        const logs = made.map((one) => one[at] ?? NaN);
        const largest = Math.max(...logs);
        if (!Number.isFinite(largest))
          throw new NonFiniteError(
            `Expected each token to be possible for a model at least, got ${largest} as the best log-probability`,
          );
        masks.push(mask);
        for (const [model, log] of logs.entries()) likelihoods[model]?.push(Math.exp(log - largest));
      }
    }
  } finally {
    for (const one of predicted) one.close();
  }
  if (masks.length === 0) throw new SourceError('Expected text to fit the weights of models on, got none');
  return maximized(
    likelihoods.map((of) => Float64Array.from(of)),
    Float64Array.from(masks),
    turn,
  );
}

/** The weights of the greatest likelihood: the logarithm of it is concave in them, so there is one maximum. */
async function maximized(
  likelihoods: readonly Float64Array[],
  masks: Float64Array,
  turn: () => Promise<void> | undefined,
): Promise<number[]> {
  const tokens = masks.reduce((sum, mask) => sum + mask, 0);
  let weights = likelihoods.map(() => 1 / likelihoods.length);
  for (let round = 0; round < ROUNDS; round++) {
    const all = new Float64Array(masks.length);
    for (const [model, of] of likelihoods.entries())
      for (const [at, one] of of.entries()) all[at] = (all[at] ?? 0) + one * (weights[model] ?? 0);
    const before = weights;
    weights = likelihoods.map((of, model) => {
      const share = of.reduce((sum, one, at) => sum + ((masks[at] ?? 0) * one) / (all[at] ?? NaN), 0);
      return (share * (before[model] ?? 0)) / tokens;
    });
    if (weights.every((weight, model) => Math.abs(weight - (before[model] ?? 0)) < CHANGE)) break;
    await turn();
  }
  return weights;
}
