import type { AsyncIterableX } from 'ix/asynciterable';
import { asyncIterable } from './asyncIterable.js';
import { type BeamSearchOptions, checkBeamOptions } from './beamOptions.js';
import { searchBeams } from './searchBeams.js';
import type { Token } from './Token.js';
import type { TokenPredictor } from './TokenPredictor.js';
import { TokenTexts } from './TokenTexts.js';

/**
 * Generates the sentence that beam search finds most probable, token by token. A token is yielded as soon as every
 * hypothesis that can still win has it at its place; no token is ever taken back. What remains in doubt to the end
 * follows then.
 *
 *     for await (const token of beamSearch(model, { beams: 8, prompt: 'We will' })) process.stdout.write(token.text);
 *
 * Greedy decoding approximates the most probable sentence by one hypothesis, beam search by `beams` of them; with enough,
 * it is exact. The algorithm: `searchBeams`; the bound that tells who can still win: `lengthPenalty`.
 *
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function beamSearch<State>(
  predictor: TokenPredictor<State>,
  options: BeamSearchOptions = {},
): AsyncIterableX<Token> {
  const { tokenizer } = predictor;
  const checked = checkBeamOptions(options, predictor, 1);

  async function* tokens(): AsyncGenerator<Token> {
    const texts = new TokenTexts(tokenizer, checked);
    let yielded = 0;
    for await (const { committed } of searchBeams(predictor, checked)) {
      for (const { id, tokenLogProbability } of committed.after(yielded))
        for (const token of texts.push(id as number, tokenLogProbability)) {
          yield token;
          checked.signal?.throwIfAborted();
        }
      yielded = committed.length;
    }
    yield* texts.end();
  }

  return asyncIterable(tokens);
}
