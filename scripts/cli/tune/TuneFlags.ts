import type { TrainFlags } from '../TrainFlags.js';

/** The flags of `tune`: those of `train` that say what text there is, and how long the search lasts. */
export interface TuneFlags extends TrainFlags {
  readonly hours: number;
  /** How long the longest trainings are. */
  readonly minutes: number;
  /** Where trials are kept, a line each. */
  readonly log: string;
  /** A file that declares what is searched. */
  readonly space?: string;
}
