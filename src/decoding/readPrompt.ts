import type { PredictorSession } from './PredictorSession.js';

/** A prompt of more tokens is read many at once, where the predictor can: each time step alone would take longer. */
const LONG = 64;

/** How many at once: between two of these, the event loop turns. */
const CHUNK = 512;

/**
 * Lets a predictor read EOS, which begins a sentence, and then a prompt; the session then has one row. Resolves to the
 * log-probabilities of the first token after the prompt, in nats.
 */
export async function readPrompt<State>(
  session: PredictorSession<State>,
  eosId: number,
  promptIds: Iterable<number>,
  turn: () => Promise<void> | undefined,
): Promise<Float32Array> {
  // No call with so many arguments: a stack has room for some 100,000.
  const ids = Int32Array.from([eosId, ...promptIds]);
  const isLong = session.canRead && ids.length > LONG;
  let logProbabilities: Float32Array = new Float32Array(0);
  for (let from = 0; from < ids.length; ) {
    if (from > 0) await turn();
    const row = from === 0 ? -1 : 0;
    const length = isLong ? CHUNK : 1;
    const some = ids.slice(from, from + length);
    logProbabilities = await (isLong ? session.read(row, some) : session.next(Int32Array.of(row), some));
    from += length;
  }
  return logProbabilities;
}
