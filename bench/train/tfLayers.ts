import * as tf from '@tensorflow/tfjs-node';
import { answerRounds } from './Contestant.js';
import { readJob } from './job.js';

// A contestant: JOB. The same model of tf.layers, one batch a round: it is slow.
const [, , path = ''] = process.argv;
const { job, batches } = readJob(path);
const { vocabularySize, embeddingSize, hiddenSize, eosId, clipNorm } = job;
const model = tf.sequential({
  layers: [
    tf.layers.embedding({ inputDim: vocabularySize, outputDim: embeddingSize, inputShape: [null] }),
    tf.layers.lstm({ units: hiddenSize, returnSequences: true }),
    tf.layers.dense({ units: vocabularySize }),
  ],
});
const optimizer = tf.train.adam(2e-3);
let turn = 0;
await answerRounds(async () => {
  const batch = batches[turn++ % batches.length];
  if (!batch) throw new Error('There is no batch');
  const { size, length, ids, mask, tokens } = batch;
  tf.tidy(() => {
    const transposed = (values: tf.Tensor): tf.Tensor2D => tf.transpose(values.reshape([length, size]));
    const targets = transposed(tf.tensor1d(ids, 'int32'));
    const inputs = tf.concat([tf.fill([size, 1], eosId, 'int32'), targets.slice([0, 0], [size, length - 1])], 1);
    const weights = transposed(tf.tensor1d(mask));
    const { value, grads } = tf.variableGrads(() => {
      const logits = model.apply(inputs, { training: true }) as tf.Tensor;
      const expected = tf.oneHot(targets, vocabularySize);
      const nats = tf.neg(tf.sum(tf.mul(tf.logSoftmax(logits), expected), -1));
      return tf.div(tf.sum(tf.mul(nats, weights)), tokens) as tf.Scalar;
    });
    const norm = tf.sqrt(tf.addN(Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)))));
    const scale = tf.minimum(1, tf.div(clipNorm, norm));
    optimizer.applyGradients(
      Object.fromEntries(Object.entries(grads).map(([name, gradient]) => [name, tf.mul(gradient, scale)])),
    );
    value.dataSync();
  });
  return tokens;
});
