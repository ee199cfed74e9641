import { nativeBackend } from '../../src/graph/run/tensorflow/nativeBinding.js';
import { random, useBackend } from '../../src/index.js';
import { NativeEngine } from '../../src/model/network/NativeEngine.js';
import { answerRounds } from './Contestant.js';

// A contestant: floating-point operations of large matrix products, with all threads. Not through `tf.matMul`, whose kernel,
// BatchMatMulV2, has been seen to take fifty times as long as MatMul.
const SIZE = 1024;
await useBackend('tensorflow');
const backend = nativeBackend();
if (!backend) throw new Error('There is no native backend');
const { uniform } = random(1, 'products');
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, (_, at) => uniform(at));
const [left, right] = [numbers(2 * SIZE * SIZE), numbers(SIZE * SIZE)];
await answerRounds(async () => {
  const times = 10;
  const native = new NativeEngine(backend);
  const given = { matrices: [native.floats([2 * SIZE, SIZE], left), native.floats([SIZE, SIZE], right)] };
  for (let time = 0; time < times; time++) {
    const { made = [] } = native.run(given, 'product', given, (on, { matrices = [] }) => ({
      made: [on.product(matrices[0] as never, matrices[1] as never)],
    }));
    native.free(...made);
  }
  native.close();
  return times * 2 * 2 * SIZE ** 3;
});
