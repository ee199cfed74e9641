import type { SearchSpace } from '../../../src/lab.js';
import type { TrainFlags } from '../TrainFlags.js';

/** What `tune` searches, by the names of `train`'s flags. */
export const SPACE = {
  hidden: { oneOf: [256, 320, 384, 448, 512, 640] },
  learningRate: { from: 2e-3, to: 2e-2, logarithmic: true },
  beta1: { oneOf: [0, 0.9] },
  beta2: { oneOf: [0.98, 0.99, 0.999] },
  clip: { oneOf: [0.5, 1, 5] },
  l2: { from: 1e-7, to: 1e-4, logarithmic: true },
  dropout: { from: 0, to: 0.6 },
  dropoutInput: { from: 0, to: 0.3 },
  dropoutState: { from: 0, to: 0.4 },
  dropoutPerSequence: { oneOf: [false, true] },
  average: { oneOf: [0, 0.98, 0.995] },
} as const satisfies SearchSpace & Partial<Record<keyof TrainFlags, unknown>>;
