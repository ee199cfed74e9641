import { backendReport, logToTensorBoard, type TensorBoardLog } from '../../src/index.js';
import { withoutPasswords } from './paths.js';
import { CONTINUOUS_RECIPE } from './recipe.js';
import type { TrainFlags } from './TrainFlags.js';

/** The log of a run for TensorBoard, with the flags that runs are compared by; none where the flags say so. */
export function runLog(path: string, flags: TrainFlags & { readonly workers: number }): TensorBoardLog | undefined {
  if (!flags.tensorboard) return undefined;
  const { rows, window } = { ...CONTINUOUS_RECIPE, ...flags };
  const { corpus } = withoutPasswords(flags);
  const { tokenizer, continuous, maxTokens, maxLength } = flags;
  const { epochs, minutes, learningRate, clip, workers } = flags;
  const batches = continuous ? { continuous, rows, window } : { maxTokens, maxLength };
  const settings = {
    ...{ corpus: corpus.join(' '), tokenizer, ...batches, learningRate, clipNorm: clip, workers },
    ...(epochs !== undefined && { epochs }),
    ...(minutes !== undefined && { minutes }),
    backend: backendReport().backend,
  };
  return logToTensorBoard(path, { settings });
}
