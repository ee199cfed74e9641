import test from 'ava';
import { gateShares } from '../../../../src/lab/report/gateShares.js';

test('mean and shares of a histogram, by hand', (t) => {
  // Twenty bins: two below 0.1, two above 0.9.
  const counts = new Array<number>(20).fill(0);
  counts[0] = 3;
  counts[1] = 1;
  counts[10] = 4;
  counts[19] = 2;
  const { mean, shut, open } = gateShares({ layer: 0, gate: 'forget', range: [0, 1], counts });
  t.true(Math.abs(mean - (3 * 0.025 + 0.075 + 4 * 0.525 + 2 * 0.975) / 10) < 1e-12);
  t.is(shut, 0.4);
  t.is(open, 0.2);
});
