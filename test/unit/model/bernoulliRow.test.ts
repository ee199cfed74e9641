import test from 'ava';
import { bernoulliRow } from '../../../src/model/bernoulliRow.js';

/** What xoshiro128++ gives from the state 1, 2, 3, 4: the reference vector of the crate rand_xoshiro, made with its authors' C. */
const WORDS = [
  641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011, 621204420,
];

function drawn(count: number, threshold: number, state = [1, 2, 3, 4]): number[] {
  const to = new Float32Array(count);
  bernoulliRow(to, 0, count, threshold, 1, Int32Array.from(state));
  return [...to];
}

test('at a half, the numbers are the bits of the words of xoshiro128++, the lowest first', (t) => {
  const bits = WORDS.flatMap((word) => Array.from({ length: 32 }, (_, bit) => (word >>> bit) & 1));
  t.deepEqual(drawn(bits.length, 0x8000), bits);
});

test('a number is 0 where the fraction that words make of its bits, the first word highest, is below the threshold', (t) => {
  // All 16 words of each, which the threshold's last bit asks for unless all 32 numbers are decided before.
  const threshold = 0x5a31;
  const fractions = Array.from({ length: 10 }, (_, lane) =>
    WORDS.reduce((fraction, word, place) => fraction + ((word >>> lane) & 1) * 2 ** -(place + 1), 0),
  );
  t.deepEqual(
    drawn(10, threshold),
    fractions.map((fraction) => (fraction < threshold / 2 ** 16 ? 0 : 1)),
  );
});

test('it writes only what it is asked to', (t) => {
  const to = new Float32Array(40).fill(7);
  bernoulliRow(to, 3, 33, 0x4000, 2, Int32Array.of(5, 6, 7, 8));
  t.deepEqual([...to.subarray(0, 3), ...to.subarray(36)], Array(7).fill(7));
  t.true(to.subarray(3, 36).every((value) => value === 0 || value === 2));
});
