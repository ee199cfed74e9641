import { sameTokenizer } from '../text/sameTokenizer.js';
import { mixtureOf } from './mixtureOf.js';
import type { TokenPredictor } from './TokenPredictor.js';

/**
 * Models as one, whose probabilities are the mean of theirs (Hansen and Salamon, “Neural network ensembles”, 1990): for every decoder, for
 * `score` and for `evaluate`; `mixtureOf` with equal weights. It takes the time and the memory of all of them; they stay whose they are.
 *
 *     for await (const token of sample(averageOf([one, other]), { prompt: 'We will' })) process.stdout.write(token.text);
 *
 * @throws {InvalidArgumentError} when there is none, or their tokenizers are not the same.
 */
export function averageOf<State>(models: readonly TokenPredictor<State>[]): TokenPredictor<readonly State[]> {
  sameTokenizer(models);
  return mixtureOf(
    models,
    models.map(() => 1 / models.length),
  ) as TokenPredictor<readonly State[]>;
}
