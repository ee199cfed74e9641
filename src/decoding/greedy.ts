import type { AsyncIterableX } from 'ix/asynciterable';
import type { DecodingOptions } from './DecodingOptions.js';
import { decode } from './decode.js';
import { mostProbable } from './mostProbable.js';
import type { Token } from './Token.js';
import type { TokenPredictor } from './TokenPredictor.js';

/**
 * Generates a sentence by taking the most probable token at each time step; among equals, the lowest id.
 *
 *     for await (const token of greedy(model, { prompt: 'We will' })) process.stdout.write(token.text);
 *
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function greedy<State>(predictor: TokenPredictor<State>, options: DecodingOptions = {}): AsyncIterableX<Token> {
  return decode(predictor, options, [], (logProbabilities) => mostProbable(logProbabilities, 1)[0] ?? 0);
}
