import * as tf from '@tensorflow/tfjs';
import { cellOfRecord } from '../../cells/cellOfRecord.js';
import { LanguageModel } from '../../model/LanguageModel.js';
import type { Tokenizer } from '../../text/Tokenizer.js';
import { lossAndGradients } from '../lossAndGradients.js';
import type { Task, WorkerModel } from './messages.js';
import { readTensors, writeTensors } from './sharedNumbers.js';

/** Makes a worker's model, and the function that writes the gradients of a task to shared memory and returns its loss. */
export function gradientsOf({
  cell,
  config,
  vocabularySize,
  eosId,
  weights,
  gradients,
}: WorkerModel): (task: Task) => number {
  // All that a loss needs of a tokenizer.
  const tokenizer = { vocabularySize, eosId } as Tokenizer;
  const model = new LanguageModel({ ...config, cell: cellOfRecord(cell), tokenizer });
  return ({ batch, tokens, place }) =>
    tf.tidy(() => {
      for (const [name, tensor] of Object.entries(readTensors(weights, model.weights)))
        model.weights[name]?.assign(tensor);
      const computed = lossAndGradients(model, batch, tokens, place);
      writeTensors(computed.gradients, model.weights, gradients);
      return computed.loss;
    });
}
