import { modelConfig } from '../../src/model/ModelConfig.js';
import type { StoredTensor } from '../../src/model/safetensors.js';
import type { Checkpoint } from '../../src/training/checkpoints/Checkpoint.js';
import { latestCheckpoint } from '../../src/training/checkpoints/latestCheckpoint.js';
import { tokenizerOfSize } from './languageModels.js';

/** A small checkpoint after so many steps, with a slot and a weight that tell it from others. */
export function checkpointOf(steps: number, validationLoss?: number): Checkpoint {
  const tensor = (scale: number): StoredTensor => ({
    shape: [2, 3],
    values: Float32Array.from({ length: 6 }, (_, place) => scale * steps + place / 7),
  });
  return {
    state: {
      resumeAt: { epoch: 1, index: steps },
      steps,
      seconds: steps / 3,
      weights: { embedding: tensor(1), projection: tensor(2) },
      slots: {
        embedding: { mean: tensor(3), meanSquare: tensor(4) },
        projection: { mean: tensor(5), 'a/b': tensor(6) },
      },
    },
    config: modelConfig({ cell: 'lstm' }),
    tokenizer: JSON.parse(JSON.stringify(tokenizerOfSize(7))),
    notes: { settings: ['"sha256":"', 1.5, null], steps },
    validationLoss,
    versions: { node: '20.0.0', tfjs: '4.22.0' },
  };
}

/** The steps of the newest checkpoint that can be used; `undefined` where there is none. */
export function latestSteps(dir: string): number | undefined {
  return latestCheckpoint(dir)?.checkpoint.state.steps;
}
