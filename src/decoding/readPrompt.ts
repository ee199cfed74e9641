import type { PredictorSession } from './PredictorSession.js';

/**
 * Lets a predictor read EOS, which begins a sentence, and then a prompt, token by token; the session then has one row.
 * Resolves to the log-probabilities of the first token after the prompt, in nats.
 */
export async function readPrompt<State>(
  session: PredictorSession<State>,
  eosId: number,
  promptIds: Iterable<number>,
  turn: () => Promise<void> | undefined,
): Promise<Float32Array> {
  let logProbabilities = await session.next(Int32Array.of(-1), Int32Array.of(eosId));
  for (const id of promptIds) {
    await turn();
    logProbabilities = await session.next(Int32Array.of(0), Int32Array.of(id));
  }
  return logProbabilities;
}
