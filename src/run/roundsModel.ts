import type { LanguageModel } from '../model/LanguageModel.js';
import { mapValues } from '../model/mapValues.js';
import { tf } from '../tf.js';
import type { RoundsModel } from './Rounds.js';

/** What a training in rounds reads and changes of a model. */
export function roundsModel({ weights }: LanguageModel): RoundsModel {
  return {
    weights: () =>
      mapValues(weights, (weight) => ({ shape: [...weight.shape], values: Float32Array.from(weight.dataSync()) })),
    assign(given) {
      for (const [name, weight] of Object.entries(weights))
        tf.tidy(() => weight.assign(tf.tensor(given[name] ?? [], weight.shape)));
    },
  };
}
