/**
 * What the environment must hold before TensorFlow is loaded, for decoding to be fast. With a few hypotheses, products are
 * small: to share one between threads costs more than it gains, and so does oneDNN's way of choosing a kernel for it
 * (`npm run bench:decode` without these shows it).
 */
const SETTINGS = { TF_NUM_INTRAOP_THREADS: '1', TF_ENABLE_ONEDNN_OPTS: '0' };

/** Sets the environment up for decoding; what it holds already stays. */
export function applyDecodingSettings(): void {
  for (const [name, value] of Object.entries(SETTINGS)) process.env[name] ??= value;
}
