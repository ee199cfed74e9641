import { readFileSync } from 'node:fs';
import { nativeBackend } from '../../src/graph/run/tensorflow/nativeBinding.js';
import { useBackend } from '../../src/model/backend.js';
import { withoutSignals } from '../../src/model/withoutSignals.js';
import { tf } from '../../src/tf.js';
import { linuxTest, testWith } from '../support/testWith.js';

const onLinux = linuxTest();
const nativeTest = testWith('the native backend', (await useBackend()) === 'tensorflow', onLinux);

/** The signals that this thread blocks, as the kernel tells it; SIGUSR2 is the twelfth. */
function blocked(): bigint {
  const [, mask = ''] = /^SigBlk:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/thread-self/status', 'utf8')) ?? [];
  return BigInt(`0x${mask}`);
}

const SIGUSR2 = 1n << 11n;

onLinux('signals are blocked during the action, and those that were not before are not after it', (t) => {
  const before = blocked();
  t.is(before & SIGUSR2, 0n);
  t.is(withoutSignals(blocked) & SIGUSR2, SIGUSR2);
  t.is(blocked(), before);
});

onLinux('an action that throws restores them, too', (t) => {
  const before = blocked();
  t.throws(() => withoutSignals(() => JSON.parse('no')), { instanceOf: SyntaxError });
  t.is(blocked(), before);
});

nativeTest('whoever computes on the native backend does so without signals', (t) => {
  const { binding } = nativeBackend() ?? t.fail();
  const before = blocked();
  const inner = Object.getPrototypeOf(binding);
  t.not(binding.executeOp, inner.executeOp);
  t.not(binding.runSavedModel, inner.runSavedModel);
  t.deepEqual([...tf.tidy(() => tf.matMul([[1, 2]], [[3], [4]])).dataSync()], [11]);
  t.is(blocked(), before);
});
