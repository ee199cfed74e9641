import type { ComputeProblem } from '../compute/types.js';

/** What went wrong, as the page says it: what has no such description is a mistake of the page. */
export function problemOf(error: unknown): ComputeProblem {
  const { problem } = (typeof error === 'object' && error !== null ? error : {}) as { problem?: ComputeProblem };
  if (problem) return problem;
  const message = error instanceof Error ? error.message : String(error);
  return { kind: 'unknown', message, advice: 'This is a mistake of the page: please report it.' };
}
