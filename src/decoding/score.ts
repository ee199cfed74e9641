import { checkOneOf, checkSignal, checkString } from '../errors.js';
import { eventLoopTurns } from '../eventLoop.js';
import { PredictorSession } from './PredictorSession.js';
import { readPrompt } from './readPrompt.js';
import type { Token } from './Token.js';
import type { TokenPredictor } from './TokenPredictor.js';
import { TokenTexts } from './TokenTexts.js';

/** Options of `score`. */
export interface ScoreOptions {
  /** The text that the sentence begins with; it is read, not scored. Default `''`. */
  prompt?: string | undefined;
  /** Whether the end, EOS, is scored behind the text; without it, a passage that text goes on behind. Default `true`. */
  end?: boolean | undefined;
  /** Stops the work and frees every tensor; the promise is then rejected with its reason. */
  signal?: AbortSignal | undefined;
}

/** How probable a text is. */
export interface Score {
  /** Its tokens, EOS last where the end is scored. */
  readonly tokens: readonly Token[];
  /** The sum of their log-probabilities, in nats. */
  readonly logProbability: number;
}

/**
 * The log-probability that a model gives a sentence, token by token, its end included unless `end` is `false`. For whole texts, `evaluate` is
 * faster: it works in batches, and agrees.
 * @throws {InvalidArgumentError} when the sentence or an option is not what it should be.
 */
export async function score<State>(
  predictor: TokenPredictor<State>,
  sentence: string,
  { prompt = '', end = true, signal }: ScoreOptions = {},
): Promise<Score> {
  checkString('sentence', sentence);
  checkString('prompt', prompt);
  checkOneOf('end', end, [true, false]);
  checkSignal(signal);
  const { tokenizer } = predictor;
  const { eosId } = tokenizer;
  const promptIds = [...tokenizer.encode(prompt)];
  const session = new PredictorSession(predictor, signal);
  const turn = eventLoopTurns();
  try {
    let logProbabilities = await readPrompt(session, eosId, promptIds, turn);
    const texts = new TokenTexts(tokenizer, { promptIds });
    const tokens: Token[] = [];
    for (const id of [...tokenizer.encode(sentence), ...(end ? [eosId] : [])]) {
      tokens.push(...texts.push(id, logProbabilities[id] ?? -Infinity));
      await turn();
      if (id !== eosId) logProbabilities = await session.next(Int32Array.of(0), Int32Array.of(id));
    }
    tokens.push(...texts.end());
    return { tokens, logProbability: tokens.reduce((sum, { logProbability }) => sum + logProbability, 0) };
  } finally {
    session.close();
  }
}
