import type { BatchesSize, FitOptions, PipelineReport, PreparedContinuousText, TextOptions } from '../../src/index.js';
import { prepareContinuousText } from '../../src/index.js';
import type { Invocation } from './Command.js';
import { preparedText, textsOf } from './preparedText.js';
import type { TrainFlags } from './TrainFlags.js';

/** How much text there is; text that goes on has no sentences. */
export interface TextSize extends BatchesSize {
  readonly sentences?: number;
}

/** A text to train on, of sentences or one that goes on. */
export interface TrainingText
  extends Omit<PreparedContinuousText, 'batches' | 'validBatches' | 'size' | 'badRecords'>,
    Pick<FitOptions, 'batches' | 'validBatches'> {
  readonly size: { readonly train: TextSize; readonly valid: TextSize };
  /** Of a text that goes on: the records that a reading leaves out. Of sentences, `firstEpoch` has them. */
  readonly badRecords?: number;
  /** Of sentences: what went through the pipeline in the first epoch. */
  readonly firstEpoch?: PipelineReport;
}

/** The text that flags name, ready to train on with their tokenizer or another: as sentences, or with `--continuous` as it stands. */
export async function trainingText(
  flags: TrainFlags,
  streams: Pick<Invocation, 'stdin' | 'stderr'>,
  other?: TextOptions['tokenizer'],
): Promise<TrainingText> {
  if (!flags.continuous) return preparedText(flags, streams, other);
  const { field, format, onBad, rows, window, seed } = flags;
  return prepareContinuousText({
    ...(await textsOf(flags, streams.stdin, other)),
    ...{ rows, window, seed, field, format, onBad },
  });
}
