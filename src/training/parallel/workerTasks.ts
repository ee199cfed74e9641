import { cellOfRecord } from '../../cells/cellOfRecord.js';
import { LanguageModel } from '../../model/LanguageModel.js';
import type { Tokenizer } from '../../text/Tokenizer.js';
import { tf } from '../../tf.js';
import { learnedOf } from '../Learned.js';
import { type LossAndGradients, lossAndGradients } from '../lossAndGradients.js';
import { type LossAndState, lossAndState } from '../lossAndState.js';
import type { Task, TaskResult, WorkerModel } from './messages.js';
import { readTensors, writeTensors } from './sharedNumbers.js';

/** Makes a worker's model, and the function that does its tasks: it writes gradients to shared memory, and returns the loss and the state behind it. */
export function workerTasks({
  cell,
  config,
  vocabularySize,
  eosId,
  objective,
  weights,
  gradients,
}: WorkerModel): (task: Task) => TaskResult {
  // All that a loss needs of a tokenizer.
  const tokenizer = { vocabularySize, eosId } as Tokenizer;
  const model = new LanguageModel({ ...config, cell: cellOfRecord(cell), tokenizer });
  const learned = learnedOf(model, objective);
  return ({ batch, carried, gradients: wanted, sameWeights }) => {
    let state: TaskResult['state'];
    const loss = tf.tidy(() => {
      if (!sameWeights)
        for (const [name, tensor] of Object.entries(readTensors(weights, learned.weights)))
          learned.weights[name]?.assign(tensor);
      const computed: LossAndState & Partial<LossAndGradients> = wanted
        ? lossAndGradients(model, batch, wanted.tokens, wanted.place, carried, learned)
        : lossAndState(model, batch, carried);
      if (computed.gradients) writeTensors(computed.gradients, learned.weights, gradients);
      state = computed.state;
      return computed.loss;
    });
    return { loss, state };
  };
}
