import { type AsyncIterableX, from } from 'ix/asynciterable';
import { checkNumber, invalid } from '../errors.js';
import { eventLoopTurns } from '../eventLoop.js';
import type { DecodingContext, LogProbabilityProcessor } from './LogProbabilityProcessor.js';
import { PredictorSession } from './PredictorSession.js';
import { processorChain } from './processorChain.js';
import type { Token } from './Token.js';
import type { TokenPredictor } from './TokenPredictor.js';

/** Options that every decoder has. */
export interface DecodingOptions {
  /** The text that the sentence begins with. It is read, not yielded. Default `''`. */
  prompt?: string;
  /** The most tokens to yield; the prompt does not count. Default 1000. */
  maxLength?: number;
  /**
   * Change the log-probabilities before each choice, in this order; pad and unknown are excluded already, and the
   * decoder's own processors come after. Default none.
   */
  processors?: readonly LogProbabilityProcessor[];
  /**
   * Stops the work and frees every tensor, also while nobody asks for a token. Who waits for a token at that time, or
   * asks for one later, gets the signal's reason as an error.
   */
  signal?: AbortSignal;
}

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
  ownProcessors: readonly LogProbabilityProcessor[],
  choose: Choice,
): AsyncIterableX<Token> {
  const { prompt, maxLength, processors, signal } = checkDecodingOptions(options);
  const { tokenizer } = predictor;
  const process = processorChain(tokenizer, [...processors, ...ownProcessors]);

  async function* tokens(): AsyncGenerator<Token> {
    const session = new PredictorSession(predictor, signal);
    try {
      const turn = eventLoopTurns();
      const detokenizer = tokenizer.detokenizer();
      const generatedIds: number[] = [];
      const context = { generatedIds };
      let logProbabilities = await session.next(Int32Array.of(-1), Int32Array.of(tokenizer.eosId));
      for (const id of tokenizer.encode(prompt)) {
        await turn();
        logProbabilities = await session.next(Int32Array.of(0), Int32Array.of(id));
        detokenizer.push(id);
      }
      for (;;) {
        const id = choose(process(logProbabilities, context), context);
        if (id === tokenizer.eosId) return;
        generatedIds.push(id);
        yield { id, text: detokenizer.push(id), logProbability: logProbabilities[id] ?? -Infinity };
        signal?.throwIfAborted();
        if (generatedIds.length === maxLength) return;
        await turn();
        logProbabilities = await session.next(Int32Array.of(0), Int32Array.of(id));
      }
    } finally {
      session.close();
    }
  }

  return from({ [Symbol.asyncIterator]: tokens });
}

type CheckedOptions = Required<Omit<DecodingOptions, 'signal'>> & { signal: AbortSignal | undefined };

function checkDecodingOptions(options: DecodingOptions): CheckedOptions {
  const { prompt = '', maxLength = 1000, processors = [], signal } = options;
  if (typeof prompt !== 'string') throw invalid('prompt', 'a string', prompt);
  checkNumber('maxLength', maxLength, { integer: true, min: 1 });
  if (!Array.isArray(processors) || processors.some((processor) => typeof processor !== 'function'))
    throw invalid('processors', 'an array of functions', processors);
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid('signal', 'an AbortSignal', signal);
  return { prompt, maxLength, processors, signal };
}
