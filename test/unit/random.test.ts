import test from 'ava';
import { hashString, random, threefry2x32 } from '../../src/random.js';
import fc from '../support/fastCheck.js';

const COUNT = 20_000;

function draw(draws: (position: number) => number, count = COUNT): number[] {
  return Array.from({ length: count }, (_, position) => draws(position));
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

function moment(numbers: readonly number[], order: number): number {
  return mean(numbers.map((number) => number ** order));
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const centered = a.map((number, index) => [number - meanA, (b[index] ?? NaN) - meanB] as const);
  const covariance = mean(centered.map(([x, y]) => x * y));
  return covariance / Math.sqrt(mean(centered.map(([x]) => x * x)) * mean(centered.map(([, y]) => y * y)));
}

// kat_vectors of the Random123 distribution, lines "threefry2x32 20".
type Words = readonly [number, number];
const KNOWN: readonly { key: Words; counter: Words; words: Words }[] = [
  { key: [0, 0], counter: [0, 0], words: [0x6b200159, 0x99ba4efe] },
  { key: [0xffffffff, 0xffffffff], counter: [0xffffffff, 0xffffffff], words: [0x1cb996fc, 0xbb002be7] },
  { key: [0x13198a2e, 0x03707344], counter: [0x243f6a88, 0x85a308d3], words: [0xc4923a9c, 0x483df7a0] },
];

for (const { key, counter, words } of KNOWN)
  test(`threefry2x32 gives Random123's known answer for key ${key.map((word) => word.toString(16))}`, (t) => {
    const out = new Uint32Array(2);
    threefry2x32(...key, ...counter, out);
    t.deepEqual([...out], [...words]);
  });

test('the same seed, purpose and position give the same numbers, in whatever order they are asked for', (t) => {
  const { uniform } = random(5, 'order');
  const { uniform: again } = random(5, 'order');
  t.deepEqual(draw(uniform, 100), draw((position) => again(99 - position), 100).reverse());
});

test('the two halves of a 53-bit position both count', (t) => {
  const { bits } = random(5, 'position');
  const positions = [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 52, 2 ** 53 - 1];
  t.is(new Set(positions.map(bits)).size, positions.length);
});

test('bits are integers from 0 to 2³² − 1, and every bit is set half of the time', (t) => {
  const bits = draw(random(1, 'bits').bits);
  t.true(bits.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32));
  for (let place = 0; place < 32; place++) {
    const share = mean(bits.map((word) => (word >>> place) & 1));
    t.true(Math.abs(share - 0.5) < 4 * Math.sqrt(0.25 / COUNT), `bit ${place}: ${share}`);
  }
});

test('uniform numbers are in [0, 1), with the moments of the uniform distribution', (t) => {
  const numbers = draw(random(1, 'uniform').uniform);
  t.true(numbers.every((number) => number >= 0 && number < 1));
  for (const order of [1, 2, 3, 4]) {
    const expected = 1 / (order + 1);
    const deviation = Math.sqrt((1 / (2 * order + 1) - expected ** 2) / COUNT);
    t.true(Math.abs(moment(numbers, order) - expected) < 4 * deviation, `moment ${order}`);
  }
});

test('uniform numbers have more than 32 bits', (t) => {
  const numbers = draw(random(1, 'uniform').uniform, 100);
  t.true(numbers.some((number) => !Number.isInteger(number * 2 ** 32)));
});

test('normal numbers have the moments of the standard normal distribution', (t) => {
  const numbers = draw(random(1, 'normal').normal);
  const moments = [1, 0, 1, 0, 3, 0, 15, 0, 105];
  for (const order of [1, 2, 3, 4]) {
    const expected = moments[order] ?? NaN;
    const deviation = Math.sqrt(((moments[2 * order] ?? NaN) - expected ** 2) / COUNT);
    t.true(Math.abs(moment(numbers, order) - expected) < 4 * deviation, `moment ${order}`);
  }
});

test('normal numbers are finite at every position', (t) => {
  const { normal } = random(3, 'finite');
  fc.assert(fc.property(fc.maxSafeNat(), (position) => Number.isFinite(normal(position))));
  t.pass();
});

test('integers are spread evenly below their bound', (t) => {
  const bound = 7;
  const { integer } = random(1, 'integer');
  const counts = new Array<number>(bound).fill(0);
  for (const drawn of draw((position) => integer(position, bound))) counts[drawn] = (counts[drawn] ?? NaN) + 1;
  const expected = COUNT / bound;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  t.true(chiSquare < 22.46, `χ² with 6 degrees of freedom is ${chiSquare}, more than its 99.9 % quantile`);
});

test('purposes, seeds and neighbouring positions are independent', (t) => {
  const one = draw(random(1, 'one').uniform);
  const limit = 4 / Math.sqrt(COUNT);
  for (const [name, other] of Object.entries({
    purpose: draw(random(1, 'two').uniform),
    'similar purpose': draw(random(1, 'onf').uniform),
    seed: draw(random(2, 'one').uniform),
    position: draw((position) => random(1, 'one').uniform(position + 1)),
  }))
    t.true(Math.abs(correlation(one, other)) < limit, name);
});

test('the low 32 bits of a seed count', (t) => {
  const { bits } = random(7, 'seed');
  t.is(random(2 ** 32 + 7, 'seed').bits(1), bits(1));
  t.not(random(2 ** 31 + 7, 'seed').bits(1), bits(1));
  t.not(random(-7, 'seed').bits(1), bits(1));
});

test('a hash is an integer from 0 to 2³² − 1 that depends on every character and on the salt', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(), fc.nat(), (text, at, salt) => {
      const hash = hashString(text, salt);
      const index = at % (text.length + 1);
      const longer = `${text.slice(0, index)}x${text.slice(index)}`;
      return (
        Number.isInteger(hash) &&
        hash >= 0 &&
        hash < 2 ** 32 &&
        hash === hashString(text, salt) &&
        hash !== hashString(longer, salt) &&
        hash !== hashString(text, salt + 1)
      );
    }),
    { seed: 1 },
  );
  t.pass();
});

test('hashes of similar strings spread evenly', (t) => {
  const counts = new Array<number>(16).fill(0);
  for (let number = 0; number < COUNT; number++) {
    const bucket = Math.floor(hashString(`sentence ${number}`) / 2 ** 28);
    counts[bucket] = (counts[bucket] ?? NaN) + 1;
  }
  const expected = COUNT / counts.length;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  t.true(chiSquare < 37.7, `χ² with 15 degrees of freedom is ${chiSquare}, more than its 99.9 % quantile`);
});
