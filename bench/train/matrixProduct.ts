import * as tf from '@tensorflow/tfjs-node';
import { answerRounds } from './Contestant.js';

// A contestant: floating-point operations of large matrix products, with all threads.
const SIZE = 1024;
const a = tf.randomUniform([2 * SIZE, SIZE]) as tf.Tensor2D;
const b = tf.randomUniform([SIZE, SIZE]) as tf.Tensor2D;
await answerRounds(async () => {
  const times = 10;
  for (let time = 0; time < times; time++) tf.tidy(() => tf.matMul(a, b).dataSync());
  return times * 2 * 2 * SIZE ** 3;
});
