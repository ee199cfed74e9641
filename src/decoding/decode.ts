import type { AsyncIterableX } from 'ix/asynciterable';
import { NonFiniteError } from '../errors.js';
import { eventLoopTurns } from '../eventLoop.js';
import { asyncIterable } from './asyncIterable.js';
import { checkDecodingOptions, type DecodingOptions } from './DecodingOptions.js';
import type { DecodingContext } from './LogProbabilityProcessor.js';
import type { NamedProcessor } from './NamedProcessor.js';
import { PredictorSession } from './PredictorSession.js';
import { processorChain } from './processorChain.js';
import { readPrompt } from './readPrompt.js';
import type { Token } from './Token.js';
import type { TokenPredictor } from './TokenPredictor.js';
import { TokenTexts } from './TokenTexts.js';

/** The only row there is. */
const FIRST_ROW = Int32Array.of(0);

/** Chooses the next token's id. */
export type Choice = (logProbabilities: Float32Array, context: DecodingContext) => number;

/**
 * Decodes one hypothesis, token by token: the processors change the log-probabilities, those of the options first, and
 * `choose` takes an id. Pad and unknown are never chosen. EOS ends it and is not yielded. Each iteration decodes anew.
 * @throws {InvalidArgumentError} on an option that cannot be used.
 */
export function decode<State>(
  predictor: TokenPredictor<State>,
  options: DecodingOptions,
  ownProcessors: readonly NamedProcessor[],
  choose: Choice,
): AsyncIterableX<Token> {
  const { tokenizer } = predictor;
  const checked = checkDecodingOptions(options, tokenizer);
  const { promptIds, maxLength, signal } = checked;
  const process = processorChain(tokenizer, { ...checked, processors: [...checked.processors, ...ownProcessors] });

  async function* tokens(): AsyncGenerator<Token> {
    const session = new PredictorSession(predictor, signal);
    try {
      const turn = eventLoopTurns();
      let logProbabilities = await readPrompt(session, tokenizer.eosId, promptIds, turn);
      const texts = new TokenTexts(tokenizer, checked);
      const generatedIds: number[] = [];
      const context = { promptIds, generatedIds };
      for (;;) {
        const choosable = process(logProbabilities, context);
        if (choosable instanceof NonFiniteError) throw choosable;
        const id = choose(choosable, context);
        if (id === tokenizer.eosId) break;
        generatedIds.push(id);
        for (const token of texts.push(id, logProbabilities[id] ?? -Infinity)) {
          yield token;
          signal?.throwIfAborted();
        }
        if (generatedIds.length === maxLength || texts.stopped) break;
        await turn();
        logProbabilities = await session.next(FIRST_ROW, Int32Array.of(id));
      }
      yield* texts.end();
    } finally {
      session.close();
    }
  }

  return asyncIterable(tokens);
}
