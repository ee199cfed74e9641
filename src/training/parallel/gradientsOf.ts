import { cellOfRecord } from '../../cells/cellOfRecord.js';
import { LanguageModel } from '../../model/LanguageModel.js';
import type { Tokenizer } from '../../text/Tokenizer.js';
import { tf } from '../../tf.js';
import { lossAndGradients } from '../lossAndGradients.js';
import type { Task, TaskResult, WorkerModel } from './messages.js';
import { readTensors, writeTensors } from './sharedNumbers.js';

/** Makes a worker's model, and the function that writes the gradients of a task to shared memory and returns its loss, and the state behind it. */
export function gradientsOf({
  cell,
  config,
  vocabularySize,
  eosId,
  weights,
  gradients,
}: WorkerModel): (task: Task) => TaskResult {
  // All that a loss needs of a tokenizer.
  const tokenizer = { vocabularySize, eosId } as Tokenizer;
  const model = new LanguageModel({ ...config, cell: cellOfRecord(cell), tokenizer });
  return ({ batch, tokens, place, carried }) => {
    let state: TaskResult['state'];
    const loss = tf.tidy(() => {
      for (const [name, tensor] of Object.entries(readTensors(weights, model.weights)))
        model.weights[name]?.assign(tensor);
      const computed = lossAndGradients(model, batch, tokens, place, carried);
      writeTensors(computed.gradients, model.weights, gradients);
      state = computed.state;
      return computed.loss;
    });
    return { loss, state };
  };
}
