import type { Cell } from '../../cells/cell.js';
import type { CellName } from '../../cells/cells.js';
import type { Batch } from '../../pipeline/Batch.js';
import type { Tokenizer } from '../../text/Tokenizer.js';
import type { TrainingStep } from '../../training/TrainingStep.js';
import type { Comparison, ComparisonSettings, TextSize } from './Comparison.js';

/** The text that cells are compared on, as `prepareText` makes it. */
export interface ComparedText {
  /** Of all models. */
  readonly tokenizer: Tokenizer;
  /** The batches of an epoch, shuffled anew in each: the same number, up to 10⁹ and more, gives the same batches. */
  readonly batches: (epoch: number) => AsyncIterable<Batch>;
  /** What the loss is measured on; it is read many times. */
  readonly validBatches: AsyncIterable<Batch>;
  /** How much there is: of what is learned from also in batches. */
  readonly size: {
    /** To learn from. */
    readonly train: LearnedSize;
    /** To validate on. */
    readonly valid: TextSize;
  };
  /** Places in the largest batch to train on, padding counted. */
  readonly largestBatch: number;
}

/** How much text there is to learn from. */
export interface LearnedSize extends TextSize {
  /** Of an epoch. */
  readonly batches: number;
}

/** Options of `compareCells`: the settings of the comparison, each as its record explains it, and how to go about it. */
export interface CompareOptions extends Partial<Omit<ComparisonSettings, 'backend' | 'maxTokens'>> {
  /** The cells, each of another name. */
  readonly cells: readonly (CellName | Cell)[];
  /** When a run ends. */
  readonly budget: ComparisonSettings['budget'];
  /** Tokens in a batch of the text, padding counted, for the record. */
  readonly maxTokens: number;
  /** Size of the hidden state: of all, or of the cell that has the most parameters then. Default 256. */
  readonly hiddenSize?: number;
  /**
   * Goes on with this comparison: what it has is not made again. More cells, more seeds and longer runs may be asked for; all
   * else must be as it was. Default: begins anew.
   */
  readonly resumeFrom?: Comparison | undefined;
  /** Kept in the record. */
  readonly notes?: unknown;
  /** Is told in words of each training before it begins and after it has ended. */
  readonly onProgress?: (words: string) => void;
  /** Is told of each step of training. */
  readonly onStep?: (step: TrainingStep) => void;
}
