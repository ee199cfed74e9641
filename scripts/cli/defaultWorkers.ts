import { availableParallelism } from 'node:os';

/** With less to do, a worker costs more than it gives. */
const TOKENS_A_WORKER = 1600;

/** How many threads train: one a core, as long as each gets 1,600 tokens of a full batch. */
export function defaultWorkers(maxTokens: number): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(maxTokens / TOKENS_A_WORKER)));
}
