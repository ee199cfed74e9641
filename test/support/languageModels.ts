import type { Scalar, Variable } from '@tensorflow/tfjs';
import type { DropoutPlace } from '../../src/model/dropoutMask.js';
import { LanguageModel } from '../../src/model/LanguageModel.js';
import type { ModelOptions } from '../../src/model/ModelConfig.js';
import type { Batch } from '../../src/pipeline/Batch.js';
import { CharacterTokenizer } from '../../src/text/CharacterTokenizer.js';
import { tf } from '../../src/tf.js';
import type { ReferenceTensors } from '../reference/arrays.js';
import type { ReferenceConfig } from '../reference/languageModel.js';
import type { ReferenceWeightOptions } from '../reference/weights.js';
import { scoped } from './memory.js';

/** A tokenizer with this many ids: pad, EOS, unknown, and the letters from `a` on. */
export function tokenizerOfSize(vocabularySize: number): CharacterTokenizer {
  return new CharacterTokenizer('abcdefghijklmnopqrstuvwxyz'.slice(0, vocabularySize - 3));
}

/** A small model with initial weights; the vocabulary has seven ids. */
export function smallModel(options: ModelOptions): LanguageModel {
  return new LanguageModel({ tokenizer: tokenizerOfSize(7), embeddingSize: 3, hiddenSize: 4, ...options });
}

/** A model of a reference's shape with the reference's weights. */
export function modelOf(config: ReferenceConfig, weights: ReferenceTensors): LanguageModel {
  const { vocabularySize, eosId: _, ...shape } = config;
  const model = new LanguageModel({
    ...shape,
    tokenizer: tokenizerOfSize(vocabularySize),
    bias: 'layers.0.bias' in weights,
    initialState: 'layers.0.initialHidden' in weights ? 'learned' : 'zero',
  });
  for (const [name, { shape, data }] of Object.entries(weights)) setWeight(model, name, data, [...shape]);
  return model;
}

/** Gives a weight of a model these numbers. */
export function setWeight(model: LanguageModel, name: string, data: ArrayLike<number>, shape?: number[]): void {
  const variable = variableOf(model, name);
  tf.tidy(() => variable.assign(tf.tensor(Float32Array.from(data), shape ?? variable.shape)));
}

/** The weight of a name. */
export function variableOf({ weights }: LanguageModel, name: string): Variable {
  const variable = weights[name];
  if (!variable) throw new RangeError(`Expected one of ${Object.keys(weights).join(', ')}, got ${name}`);
  return variable;
}

/** A model's weights as plain numbers. */
export function weightsOf({ weights }: LanguageModel): ReferenceTensors {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape }]) => [
      name,
      { shape, data: Float64Array.from(weights[name]?.dataSync() ?? []) },
    ]),
  );
}

/** The loss of a batch, in nats per token, and the gradients of all weights, as numbers. */
export function lossAndGradients(
  model: LanguageModel,
  batch: Batch,
  place?: DropoutPlace,
): { loss: number; gradients: ReferenceTensors } {
  return scoped(() => {
    const meanLoss = (): Scalar => tf.div(model.totalLoss(batch, place), batch.tokens);
    const { value, grads } = tf.variableGrads(meanLoss, Object.values(model.weights));
    const gradients = Object.entries(model.weights).map(([name, { name: key }]) => {
      const gradient = grads[key];
      if (!gradient) throw new RangeError(`Expected a gradient of ${name}, got none`);
      return [name, { shape: gradient.shape, data: Float64Array.from(gradient.dataSync()) }] as const;
    });
    return { loss: value.dataSync()[0] ?? NaN, gradients: Object.fromEntries(gradients) };
  });
}

/** The loss of a batch, in nats. */
export function totalLoss(model: LanguageModel, batch: Batch, place?: DropoutPlace): number {
  return tf.tidy(() => model.totalLoss(batch, place).dataSync()[0] ?? NaN);
}

/** The four cells, GRU with its reset gate after the product being one, as they are named in titles. */
export const cells = ['rnn', 'lstm', 'gru', 'gruResetAfter'] as const;

/** Every model that can be made of a cell: one and two layers, with and without biases, tied, learned initial states. */
export function variantsOf(cell: (typeof cells)[number]): [string, ReferenceConfig, ReferenceWeightOptions][] {
  const variants: [string, ReferenceConfig, ReferenceWeightOptions][] = [];
  for (const layers of [1, 2])
    for (const bias of [true, false])
      for (const tieWeights of [false, true])
        for (const initialState of [false, true])
          variants.push([
            JSON.stringify({ layers, bias, tieWeights, initialState }),
            {
              cell,
              vocabularySize: 7,
              embeddingSize: tieWeights ? 4 : 3,
              hiddenSize: 4,
              layers,
              tieWeights,
              eosId: 1,
            },
            { bias, initialState },
          ]);
  return variants;
}
