import type { LogProbabilityProcessor } from './LogProbabilityProcessor.js';

/** A processor, and what errors call it. */
export interface NamedProcessor {
  /** The option that it comes from. */
  readonly name: string;
  readonly process: LogProbabilityProcessor;
}
