import type { BackendName, OptimizerName } from '../../../src/index.js';
import type { TextFlags } from '../preparedText.js';

/** The flags of `compare`, as commander gives them. */
export interface CompareFlags extends TextFlags {
  /** Cells that come with the library, or modules that export one. */
  readonly cells: string[];
  readonly match: 'parameters' | 'hidden';
  readonly seeds: number;
  readonly epochs?: number;
  readonly minutes?: number;
  readonly hidden: number;
  readonly embedding: number;
  readonly layers: number;
  readonly dropout: number;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly tune: boolean;
  /** Where the search for a learning rate begins, rising. */
  readonly rates: number[];
  readonly clip: number;
  readonly validations: number;
  /** Runs of one seed that are so many times as long. */
  readonly longer?: number;
  readonly longerCells: string[];
  /** Whether it is tried what a forget bias that begins with 1 changes. */
  readonly forgetBias: boolean;
  /** Default: as many as are worth while. */
  readonly workers?: number;
  readonly prompt: string;
  readonly out: string;
  readonly overwrite: boolean;
  readonly resume: boolean;
  readonly redraw: boolean;
  readonly backend?: BackendName;
}
