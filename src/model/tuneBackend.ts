import { checkOneOf } from '../errors.js';

/** What TensorFlow reads from the environment when it starts. */
const SETTINGS = {
  // With a few hypotheses, products are small: to share one between threads costs more than it gains, and so does oneDNN's way
  // of choosing a kernel for it (`npm run bench:decode` without these shows it).
  decoding: { TF_NUM_INTRAOP_THREADS: '1', TF_ENABLE_ONEDNN_OPTS: '0' },
  // TensorFlow's own threads would get into the workers' way.
  workers: { TF_NUM_INTRAOP_THREADS: '1' },
} as const;

/**
 * Sets the native backend up for what the process is about to do: to decode, or to train with several workers. It takes effect
 * where it comes before the first model or `useBackend`; what the environment says already stays.
 *
 *     tuneBackend('decoding');
 *     const model = await LanguageModel.load('runs/speech/best');
 *
 * @throws {InvalidArgumentError} when the task is none of these.
 */
export function tuneBackend(task: 'decoding' | 'workers'): void {
  checkOneOf('task', task, Object.keys(SETTINGS));
  for (const [name, value] of Object.entries(SETTINGS[task])) process.env[name] ??= value;
}
