import { availableParallelism } from 'node:os';
import { checkNumber } from '../../errors.js';

/** With less to do, a worker costs more than it gives. */
const TOKENS_A_WORKER = 800;

/**
 * How many workers are worth while: one a core, as long as each gets 800 tokens of a full batch.
 * @throws {InvalidArgumentError} when `maxTokens`, the tokens in a batch, is no positive integer.
 */
export function defaultWorkers(maxTokens: number): number {
  checkNumber('maxTokens', maxTokens, { integer: true, min: 1 });
  return Math.max(1, Math.min(availableParallelism(), Math.floor(maxTokens / TOKENS_A_WORKER)));
}
