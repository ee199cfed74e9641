import type { SearchSpace } from '../../../src/lab.js';
import type { TrainFlags } from '../TrainFlags.js';

/** What `tune` searches, by the names of `train`'s flags. */
export const SPACE = {
  hidden: { oneOf: [256, 320, 384, 448, 512, 640] },
  learningRate: { from: 2e-3, to: 2e-2, logarithmic: true },
  beta1: { oneOf: [0, 0.9] },
  beta2: { oneOf: [0.98, 0.99, 0.999] },
  clip: { oneOf: [0.5, 1, 5] },
  weightDecay: { from: 0.02, to: 1, logarithmic: true },
  dropout: { from: 0, to: 0.6 },
  dropoutInput: { from: 0, to: 0.3 },
  dropoutState: { from: 0, to: 0.4 },
  dropoutPerSequence: { oneOf: [false, true] },
  average: { oneOf: [0, 0.98, 0.99, 0.995] },
  labelSmoothing: { from: 0, to: 0.1 },
} as const satisfies SearchSpace & Partial<Record<keyof TrainFlags, unknown>>;

/** What a space may have: flags of `train` that each training of a search can have of its own. */
export const SEARCHABLE = [
  ...['cell', 'hidden', 'embedding', 'layers', 'forgetBias', 'tieWeights', 'initialState'],
  ...['dropout', 'dropoutInput', 'dropoutState', 'dropoutEmbedding', 'dropoutWeights', 'dropoutPerSequence'],
  ...['dropoutEpochs', 'zoneout'],
  ...['optimizer', 'learningRate', 'warmup', 'finalRate', 'weightDecay', 'l2', 'beta1', 'beta2', 'clip', 'average'],
  ...['labelSmoothing', 'pastDecode'],
] as const satisfies readonly (keyof TrainFlags)[];

/** Of these, 0 means that it is left out: flags do not take it. */
export const LEFT_OUT_AT_ZERO: readonly string[] = ['l2', 'pastDecode'] satisfies (keyof TrainFlags)[];
