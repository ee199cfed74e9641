import type { LogProbabilityProcessor } from '../decoding/LogProbabilityProcessor.js';

/** Adds to the log-probabilities of ids, as OpenAI's `logit_bias` does. */
export function logitBias(biases: ReadonlyMap<number, number>): LogProbabilityProcessor {
  return (logProbabilities) => {
    for (const [id, bias] of biases) logProbabilities[id] = (logProbabilities[id] as number) + bias;
  };
}

/**
 * Lowers the log-probability of each generated token, by `frequency` for each time that it has come and by `presence` once, as OpenAI
 * defines its penalties; below 0 they raise it.
 */
export function countPenalties(frequency: number, presence: number): LogProbabilityProcessor {
  return (logProbabilities, { generatedIds }) => {
    const counts = new Map<number, number>();
    for (const id of generatedIds) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, count] of counts)
      logProbabilities[id] = (logProbabilities[id] as number) - count * frequency - presence;
  };
}
