import type { TextFlags } from '../trainingText.js';

/** The flags of `npm run compare`, as commander gives them. */
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
  readonly learningRate: number;
  readonly clip: number;
  readonly validations: number;
  readonly prompt: string;
  readonly out: string;
  readonly overwrite: boolean;
}
