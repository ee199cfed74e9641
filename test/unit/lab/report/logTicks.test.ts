import test from 'ava';
import { logTicks } from '../../../../src/lab/report/plots/logTicks.js';

test('ticks are 1, 2 and 5 times powers of ten within the range of the values', (t) => {
  t.deepEqual(logTicks([30, 0.15, 2]), [0.2, 0.5, 1, 2, 5, 10, 20]);
  t.deepEqual(logTicks([1, 10]), [1, 2, 5, 10]);
  t.deepEqual(logTicks([3, 4]), []);
});
