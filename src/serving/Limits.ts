import { DEFAULT_CONCURRENCY, DEFAULT_MOST_TOKENS, DEFAULT_QUEUE, DEFAULT_REQUEST_SECONDS } from '../defaults.js';
import { checkNumber, type NumberRule } from '../errors.js';

/** How much a server lets its clients ask for. */
export interface Limits {
  /** How many sentences are decoded at once; as one ends, the next one begins. A beam search counts as its beams. Default 256. */
  concurrency: number;
  /** How many sentences may wait for that beside them; a request that has no room is answered with 429. Default 256. */
  queue: number;
  /** The most bytes in the body of a request. Default 1 MiB. */
  bodyBytes: number;
  /** The most tokens in a prompt. Default 16384. */
  promptTokens: number;
  /** The most tokens that may be generated behind a prompt: the largest `max_tokens`. Default 4096. */
  maxTokens: number;
  /** The most prompts in a request. Default 128. */
  prompts: number;
  /** The largest `n` and `best_of`. Default 20. */
  choices: number;
  /**
   * The most tokens of a request, prompts that are echoed counted, over all its sentences, that log-probabilities are told of: they take
   * memory until it is answered. Default 131072.
   */
  logprobTokens: number;
  /** The most hypotheses of a beam search. Default 32. */
  beams: number;
  /** How long the body of a request may take to arrive, in seconds. Default 30. */
  bodySeconds: number;
  /** How long a request may take in all, in seconds. Default 600. */
  requestSeconds: number;
  /** How long a client may let its answer wait, in seconds, before it is given up. Default 60. */
  idleSeconds: number;
}

const count: NumberRule = { integer: true, min: 1 };
/** What timers can count to. */
const seconds: NumberRule = { above: 0, max: 1_000_000 };

const LIMITS: { readonly [Name in keyof Limits]: readonly [byDefault: number, rule: NumberRule] } = {
  concurrency: [DEFAULT_CONCURRENCY, count],
  queue: [DEFAULT_QUEUE, { integer: true, min: 0 }],
  bodyBytes: [2 ** 20, count],
  promptTokens: [16_384, count],
  maxTokens: [DEFAULT_MOST_TOKENS, count],
  prompts: [128, count],
  choices: [20, count],
  logprobTokens: [2 ** 17, count],
  beams: [32, count],
  bodySeconds: [30, seconds],
  requestSeconds: [DEFAULT_REQUEST_SECONDS, seconds],
  idleSeconds: [60, seconds],
};

/**
 * Limits with their defaults.
 * @throws {InvalidArgumentError} on one that is no number, or none that can be.
 */
export function checkLimits(given: { readonly [Name in keyof Limits]?: number | undefined }): Limits {
  const checked = Object.entries(LIMITS).map(([name, [byDefault, rule]]) => [
    name,
    checkNumber(name, given[name as keyof Limits] ?? byDefault, rule),
  ]);
  return Object.fromEntries(checked) as Limits;
}
