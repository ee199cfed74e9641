import type { Variable } from '@tensorflow/tfjs';
import { pastDecodeShapes } from '../model/checkObjective.js';
import type { LanguageModel } from '../model/LanguageModel.js';
import type { Named } from '../model/mapValues.js';
import type { GradientPrecision } from '../model/network/gradientProduct.js';
import type { Objective } from '../model/network/Objective.js';
import { initialValues } from '../model/weights.js';
import { tf } from '../tf.js';

/** What of a training's options says what is learned: plain data, as workers are told it. */
export interface ObjectiveOptions {
  readonly labelSmoothing?: number | undefined;
  readonly pastDecode?: number | undefined;
  readonly precision?: GradientPrecision | undefined;
}

/** All that a training learns: a model, and what its objective has of its own. */
export interface Learned {
  /** What it was made of. */
  readonly options: ObjectiveOptions;
  readonly objective: Objective;
  /** The model's weights by name, then those of the objective, such as `pastDecode.matrix`. */
  readonly weights: Named<Variable>;
  /** Frees the objective's. */
  dispose(): void;
}

/** What is learned with these options; weights of the objective begin as a model's do, each a function of the model's seed and its name. */
export function learnedOf({ config, tokenizer, weights }: LanguageModel, options: ObjectiveOptions = {}): Learned {
  const { labelSmoothing, pastDecode: weight = 0, precision } = options;
  if (weight === 0) return { options, objective: { labelSmoothing, precision }, weights, dispose() {} };
  const scale = 1 / Math.sqrt(config.embeddingSize);
  const shapes = pastDecodeShapes(config, tokenizer.vocabularySize);
  const begin = (name: keyof typeof shapes): Variable => {
    const values = initialValues(`pastDecode.${name}`, shapes[name], scale, config.seed);
    return tf.tidy(() => tf.variable(tf.tensor(values, shapes[name])));
  };
  const own = { matrix: begin('matrix'), bias: begin('bias'), tokenBias: begin('tokenBias') };
  const named = Object.entries(own).map(([name, variable]) => [`pastDecode.${name}`, variable] as const);
  return {
    options,
    objective: { labelSmoothing, precision, pastDecode: { weight, ...own } },
    weights: { ...weights, ...Object.fromEntries(named) },
    dispose: () => tf.dispose(own),
  };
}
