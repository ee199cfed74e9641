import type { FitUntil, WarmupCosineOptions } from '../../src/index.js';
import { DEFAULT_MINUTES } from './options.js';
import type { TrainFlags } from './TrainFlags.js';
import type { Share } from './TrainingDisplay.js';

/** When a training ends, and how far it is. */
export interface Duration {
  readonly until: FitUntil;
  /** What a schedule spans. */
  readonly span: WarmupCosineOptions['over'];
  readonly share: Share;
}

/** When the training of these flags ends; it has so many batches an epoch. */
export function durationOf(
  { epochs, minutes = DEFAULT_MINUTES, patience }: TrainFlags,
  batchesPerEpoch: number,
): Duration {
  if (epochs === undefined)
    return {
      until: { minutes, patience },
      span: { minutes },
      share: ({ seconds }) => seconds / (minutes * 60),
    };
  const steps = epochs * batchesPerEpoch;
  return { until: { epochs, patience }, span: { steps }, share: ({ step }) => (step + 1) / steps };
}
