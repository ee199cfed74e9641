import type { AsyncIterableX } from 'ix/asynciterable';
import { checkNumber } from '../errors.js';
import { random } from '../random.js';
import type { DecodingOptions } from './DecodingOptions.js';
import { decode } from './decode.js';
import type { LogProbabilityProcessor } from './LogProbabilityProcessor.js';
import type { NamedProcessor } from './NamedProcessor.js';
import { minP as minPOf } from './processors/minP.js';
import { noRepeatNgram as noRepeatNgramOf } from './processors/noRepeatNgram.js';
import { repetitionPenalty as repetitionPenaltyOf } from './processors/repetitionPenalty.js';
import { temperature as temperatureOf } from './processors/temperature.js';
import { topK as topKOf } from './processors/topK.js';
import { topP as topPOf } from './processors/topP.js';
import { softmax } from './softmax.js';
import type { Token } from './Token.js';
import type { TokenPredictor } from './TokenPredictor.js';

/** Options of `sample`. */
export interface SampleOptions extends DecodingOptions {
  /** Below 1, likely tokens become likelier. Default 1. */
  temperature?: number | undefined;
  /** Only the k most probable tokens may be drawn. Default: all. */
  topK?: number | undefined;
  /** Only the smallest set of most probable tokens whose probabilities sum to p may be drawn. Default: all. */
  topP?: number | undefined;
  /** Only tokens whose probability is at least this share of the most probable one's may be drawn. Default: all. */
  minP?: number | undefined;
  /** Makes tokens that have occurred less probable: their log-probability is multiplied by this. Default 1. */
  repetitionPenalty?: number | undefined;
  /** Lets no sequence of so many tokens come twice. Default: no such rule. */
  noRepeatNgram?: number | undefined;
  /** The same seed gives the same sentence. Default 1. */
  seed?: number | undefined;
}

/**
 * Generates a sentence by drawing each token at random, by its probability. After the processors of the options, these apply
 * in this order: repetition penalty, n-gram rule, temperature, top-k, top-p, min-p.
 *
 *     sample(model, { temperature: 0.7, topP: 0.95, seed: 7 })
 *
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function sample<State>(
  predictor: TokenPredictor<State>,
  { repetitionPenalty, noRepeatNgram, temperature, topK, topP, minP, seed = 1, ...options }: SampleOptions = {},
): AsyncIterableX<Token> {
  checkNumber('seed', seed, { integer: true });
  const { uniform } = random(seed, 'sample');
  const processors = [
    made('repetitionPenalty', repetitionPenalty, repetitionPenaltyOf),
    made('noRepeatNgram', noRepeatNgram, noRepeatNgramOf),
    made('temperature', temperature, temperatureOf),
    made('topK', topK, topKOf),
    made('topP', topP, topPOf),
    made('minP', minP, minPOf),
  ].flat();
  let probabilities: Float64Array<ArrayBuffer> | undefined;
  return decode(predictor, options, processors, (logProbabilities, { generatedIds }) => {
    probabilities = softmax(logProbabilities, probabilities);
    return draw(probabilities, uniform(generatedIds.length));
  });
}

function made(
  name: string,
  value: number | undefined,
  make: (value: number) => LogProbabilityProcessor,
): NamedProcessor[] {
  return value === undefined ? [] : [{ name, process: make(value) }];
}

/** The id at which the running sum of probabilities exceeds `uniform`, a number from [0, 1). */
function draw(probabilities: Float64Array, uniform: number): number {
  // Where rounding leaves the sum a little below 1, the last possible id.
  let drawn = 0;
  let sum = 0;
  for (let id = 0; id < probabilities.length; id++) {
    const probability = probabilities[id] as number;
    if (probability === 0) continue;
    drawn = id;
    sum += probability;
    if (uniform < sum) break;
  }
  return drawn;
}
