// A saved model that is only read: no TensorFlow, and nothing of Node.js before a path is given.
export type { Activations, UnitActivations } from './inference/Activations.js';
export {
  type InferenceLoadOptions,
  InferenceModel,
  KERNELS,
  type KernelName,
  type TextScoreOptions,
} from './inference/InferenceModel.js';
export { InferenceState } from './inference/InferenceState.js';
export type { BrowserFile, LoadProgress, ModelSource, OnProgress } from './inference/ModelSource.js';
export type { Pin } from './inference/Pin.js';
export type { TextScore, TextTotals } from './inference/TextScore.js';
