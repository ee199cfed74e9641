import { type AsyncIterableX, from } from 'ix/asynciterable';
import { checkNumber } from '../errors.js';
import { eventLoopTurns } from '../eventLoop.js';
import { PAD_ID } from '../text/Tokenizer.js';
import type { DecodingContext, LogProbabilityProcessor } from './LogProbabilityProcessor.js';
import { PredictorSession } from './PredictorSession.js';
import type { Token } from './Token.js';
import type { TokenPredictor } from './TokenPredictor.js';

/** Options that every decoder has. */
export interface DecodingOptions {
  /** The text that the sentence begins with. It is read, not yielded. Default `''`. */
  prompt?: string;
  /** The most tokens to yield; the prompt does not count. Default 1000. */
  maxLength?: number;
  /** Stops the work and frees every tensor, also while nobody asks for a token; asking then throws its reason. */
  signal?: AbortSignal;
}

/** Chooses the next token's id. */
export type Choice = (logProbabilities: Float32Array, context: DecodingContext) => number;

/**
 * Decodes one hypothesis, token by token: the processors change the log-probabilities, and `choose` takes an id. Pad and
 * unknown have log-probability −∞ from the start. EOS ends it and is not yielded. Each iteration decodes anew.
 * @throws {InvalidArgumentError} when `maxLength` is not a positive integer.
 */
export function decode<State>(
  predictor: TokenPredictor<State>,
  { prompt = '', maxLength = 1000, signal }: DecodingOptions,
  processors: readonly LogProbabilityProcessor[],
  choose: Choice,
): AsyncIterableX<Token> {
  checkNumber('maxLength', maxLength, { integer: true, min: 1 });
  const { tokenizer } = predictor;
  const processAll = [excludeIds(PAD_ID, tokenizer.unknownId), ...processors];

  async function* tokens(): AsyncGenerator<Token> {
    const session = new PredictorSession(predictor, signal);
    try {
      const turn = eventLoopTurns();
      const detokenizer = tokenizer.detokenizer();
      const generatedIds: number[] = [];
      let logProbabilities = await session.next(Int32Array.of(-1), Int32Array.of(tokenizer.eosId));
      for (const id of tokenizer.encode(prompt)) {
        logProbabilities = await session.next(Int32Array.of(0), Int32Array.of(id));
        detokenizer.push(id);
        await turn();
      }
      for (;;) {
        const context = { generatedIds };
        let processed: Float32Array = logProbabilities.slice();
        for (const process of processAll) processed = process(processed, context) ?? processed;
        const id = choose(processed, context);
        if (id === tokenizer.eosId) return;
        generatedIds.push(id);
        yield { id, text: detokenizer.push(id), logProbability: logProbabilities[id] ?? -Infinity };
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

function excludeIds(...ids: number[]): LogProbabilityProcessor {
  return (logProbabilities) => {
    for (const id of ids) logProbabilities[id] = -Infinity;
  };
}
