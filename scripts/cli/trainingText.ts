import { DEFAULT_HOLD_OUT } from '../../src/defaults.js';
import {
  type PipelineReport,
  type PreparedContinuousText,
  prepareContinuousText,
  type TextOptions,
} from '../../src/index.js';
import type { Invocation } from './Command.js';
import { preparedText, tokenizerOf } from './preparedText.js';
import { spoolStandardInput } from './spoolStandardInput.js';
import type { TrainFlags } from './TrainFlags.js';

/** How much text there is; text that goes on has no sentences. */
export interface TextSize {
  readonly batches: number;
  readonly sentences?: number;
  readonly tokens: number;
  readonly characters: number;
}

/** A text to train on, of sentences or one that goes on. */
export interface TrainingText extends Omit<PreparedContinuousText, 'batches' | 'validBatches' | 'size' | 'badRecords'> {
  readonly batches: Parameters<typeof import('../../src/index.js').fit>[1]['batches'];
  readonly validBatches: ReturnType<TrainingText['batches']>;
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
  const { field, format, onBad, valid, holdOut = DEFAULT_HOLD_OUT, rows, window, seed } = flags;
  const spooled = (files: readonly string[]) => spoolStandardInput(files, streams.stdin, flags);
  const corpus = await spooled(flags.corpus);
  const validation = valid === undefined ? undefined : await spooled([valid]);
  const tokenizer = other ?? (await tokenizerOf(flags.tokenizer));
  return prepareContinuousText({ corpus, validation, holdOut, tokenizer, rows, window, seed, field, format, onBad });
}
