import test from 'ava';
import { fromFloat16, toFloat16 } from '../../../src/cluster/training/float16.js';

test('all 65,536 halves are the numbers that IEEE 754 says, and come back as they were', (t) => {
  let different = 0;
  const halves = Uint16Array.from({ length: 65_536 }, (_, half) => half);
  const numbers = fromFloat16(halves);
  const back = toFloat16(numbers);
  for (let half = 0; half < 65_536; half++) {
    const [sign, exponent, fraction] = [half >>> 15 ? -1 : 1, (half >>> 10) & 31, half & 1023];
    const expected =
      exponent === 31
        ? fraction === 0
          ? sign * Infinity
          : Number.NaN
        : sign * (exponent === 0 ? fraction : fraction + 1024) * 2 ** (Math.max(1, exponent) - 25);
    if (!Object.is(numbers[half], expected)) different++;
    if (!Number.isNaN(expected) && back[half] !== half) different++;
  }
  t.is(different, 0);
});

test('what lies between two halves becomes the nearer one, halfway the even one; what is too large, infinite', (t) => {
  const cases: [value: number, half: number][] = [
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 + 2 ** -11 + 2 ** -20, 0x3c01],
    [65_519, 0x7bff],
    [65_520, 0x7c00],
    [-1e10, 0xfc00],
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.001, 0x0001],
    [3 * 2 ** -25, 0x0002],
    [2 ** -14 - 2 ** -25, 0x0400],
    [-(2 ** -26), 0x8000],
  ];
  t.deepEqual(
    [...toFloat16(Float32Array.from(cases, ([value]) => value))],
    cases.map(([, half]) => half),
  );
});
