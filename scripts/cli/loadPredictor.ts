import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenPredictor } from '../../src/decoding.js';
import type { BackendName } from '../../src/index.js';

/** What computes a model that is only read: `InferenceModel`, or one of the library's backends. */
export type ReaderName = 'inference' | BackendName;

/** A model to decode or to score with. */
export interface Predictor {
  readonly model: TokenPredictor<unknown>;
  /** Frees it. */
  dispose(): void;
}

/** Of more hypotheses than these, a long search is faster over TensorFlow, though that has to start first: docs/inference.md. */
const MANY = 32;

/** A run's best model over what is asked for; else over `InferenceModel`, but for searches with many hypotheses. */
export async function loadPredictor(run: string, reader: ReaderName | undefined, hypotheses = 1): Promise<Predictor> {
  const byDefault = hypotheses > MANY || process.env['BABBLEBROOK_BACKEND'] ? undefined : 'inference';
  const name = reader ?? byDefault;
  const best = join(run, 'best');
  // Where there is none, the library says what there is.
  if (name === 'inference' && existsSync(best)) {
    const { InferenceModel } = await import('../../src/inference.js');
    return { model: (await InferenceModel.load(best)) as TokenPredictor<unknown>, dispose: () => {} };
  }
  const { RunDirectory, tuneBackend, useBackend } = await import('../../src/index.js');
  tuneBackend('decoding');
  if (name && name !== 'inference') await useBackend(name);
  const model = await RunDirectory.loadBest(run);
  return { model: model as TokenPredictor<unknown>, dispose: () => model.dispose() };
}
