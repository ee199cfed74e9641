import { FileFormatError } from '../errors.js';
import type { Checkpoint } from '../training/checkpoints/Checkpoint.js';
import type { EpochSums } from '../training/EpochTotals.js';
import type { BestLoss } from './EpochMetrics.js';

/** What a checkpoint of `fit` notes beside the training's own state. */
export interface FitProgress {
  /** How many evaluations were recorded: lines of `metrics.jsonl` that came before it. */
  readonly epochs: number;
  /** Of the steps since the last of them. */
  readonly totals: EpochSums;
  /** Of the text; checkpoints of before it was noted have none. */
  readonly fingerprint?: string | undefined;
  /** None where nothing was measured; checkpoints of before it was noted have none either. */
  readonly best?: BestLoss | undefined;
}

/** The members of a checkpoint's notes that are `fit`'s own. */
export const OWN_NOTES = ['epochs', 'totals', 'fingerprint', 'best'] as const satisfies (keyof FitProgress)[];

/**
 * What a checkpoint of `fit` notes.
 * @throws {FileFormatError} when it is one of another program.
 */
export function progressOf(checkpoint: Checkpoint): FitProgress {
  const { epochs, totals, fingerprint, best } = (checkpoint?.notes ?? {}) as Partial<FitProgress>;
  const isBest = typeof best?.natsPerToken === 'number' && typeof best.evaluationsSince === 'number';
  if (typeof epochs === 'number' && typeof totals?.steps === 'number')
    return { epochs, totals, fingerprint, best: isBest ? best : undefined };
  throw new FileFormatError('Expected a checkpoint that fit made, to go on from, got one of another program');
}
