import type { Cell } from '../../cells/cell.js';
import type { CellName } from '../../cells/cells.js';
import type { TrainingStep } from '../../training/TrainingStep.js';
import type { Comparison, ComparisonSettings } from './Comparison.js';

/** Options of `compareCells`: the settings of the comparison, each as its record explains it, and how to go about it. */
export interface CompareOptions extends Partial<Omit<ComparisonSettings, 'backend' | 'maxTokens'>> {
  /** The cells, each of another name. */
  readonly cells: readonly (CellName | Cell)[];
  /** When a run ends. */
  readonly budget: ComparisonSettings['budget'];
  /** Tokens in a batch of the text, padding counted, for the record. */
  readonly maxTokens: number;
  /** Size of the hidden state: of all, or of the cell that has the most parameters then. Default 256. */
  readonly hiddenSize?: number | undefined;
  /**
   * Goes on with this comparison: what it has is not made again. More cells, more seeds and longer runs may be asked for; all
   * else must be as it was. Default: begins anew.
   */
  readonly resumeFrom?: Comparison | undefined;
  /** Kept in the record. */
  readonly notes?: unknown | undefined;
  /** Is called with a line about each training, before it begins and after it has ended. */
  readonly onProgress?: ((words: string) => void) | undefined;
  /** Is called with each step of training. */
  readonly onStep?: ((step: TrainingStep) => void) | undefined;
}
