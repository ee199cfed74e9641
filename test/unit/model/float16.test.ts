import { readFileSync } from 'node:fs';
import test from 'ava';
import { fromFloat16, toFloat16 } from '../../../src/model/float16.js';
import fc from '../../support/fastCheck.js';
import { fixtureAt } from '../../support/places.js';
import { sweepOf } from '../../support/sweeps.js';

const half = (value: number): number => toFloat16(Float32Array.of(value))[0] ?? -1;

/** All bits that stand for no number as the same ones. */
const quiet = (bits: number): number => ((bits & 0x7fff) > 0x7c00 ? 0x7e00 : bits);

/** How many times 2⁻²⁴ the halves from 0 on are, the first that is too large (2¹⁶) last. */
const MAGNITUDES = Array.from({ length: 0x7c01 }, (_, bits) => {
  const [exponent, fraction] = [BigInt(bits >> 10), BigInt(bits & 0x3ff)];
  return exponent === 0n ? fraction : (1024n + fraction) << (exponent - 1n);
});

for (const [value, bits, why] of [
  [0, 0x0000, 'nothing'],
  [-0, 0x8000, 'the sign of nothing'],
  [1, 0x3c00, 'one'],
  [-2, 0xc000, 'minus two'],
  [1 + 2 ** -11, 0x3c00, 'in the middle of 1 and the next: 1, which is even'],
  [1 + 2 ** -11 + 2 ** -23, 0x3c01, 'a little more than that'],
  [1 + 3 * 2 ** -11, 0x3c02, 'in the middle, and the greater is even'],
  [2 - 2 ** -12, 0x4000, 'a carry into the exponent'],
  [65504, 0x7bff, 'the largest'],
  [65519.99609375, 0x7bff, 'the last that is nearest to it'],
  [65520, 0x7c00, 'infinity from here on'],
  [-65520, 0xfc00, 'and below'],
  [3.4028234663852886e38, 0x7c00, 'the largest of float32'],
  [2 ** -14, 0x0400, 'the smallest with a whole fraction'],
  [2 ** -14 - 2 ** -25, 0x0400, 'in the middle of it and the next smaller: it is even'],
  [1023 * 2 ** -24, 0x03ff, 'the largest below'],
  [2 ** -24, 0x0001, 'the smallest'],
  [2 ** -25, 0x0000, 'in the middle of it and nothing: nothing is even'],
  [2 ** -25 + 2 ** -48, 0x0001, 'a little more than that'],
  [3 * 2 ** -25, 0x0002, 'in the middle of the two smallest'],
  [-(2 ** -149), 0x8000, 'the smallest of float32'],
] as const)
  test(`${value} as float16 is ${bits.toString(16)}: ${why}`, (t) => {
    t.is(half(value), bits);
  });

test('no number stays none, and infinity infinite', (t) => {
  t.deepEqual([half(Infinity), half(-Infinity), quiet(half(NaN))], [0x7c00, 0xfc00, 0x7e00]);
  t.deepEqual(
    fromFloat16(Uint16Array.of(0x7c00, 0xfc00, 0x7e00, 0x7c01)),
    Float32Array.of(Infinity, -Infinity, NaN, NaN),
  );
});

test('every half is the float32 that its bits say, and comes back', (t) => {
  const all = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
  const values = fromFloat16(all);
  for (const [bits, magnitude] of MAGNITUDES.slice(0, -1).entries()) {
    t.is(values[bits], Number(magnitude) / 2 ** 24);
    t.is(values[bits + 0x8000], -Number(magnitude) / 2 ** 24);
  }
  t.deepEqual([...toFloat16(values)].map(quiet), [...all].map(quiet));
});

test('float32 numbers are rounded as numpy rounds them', (t) => {
  const { float32, float16 } = JSON.parse(readFileSync(fixtureAt('safetensors/float16.json'), 'utf8'));
  const rounded = toFloat16(new Float32Array(Uint32Array.from(float32).buffer));
  t.true(rounded.length > 1500);
  t.deepEqual([...rounded].map(quiet), float16.map(quiet));
});

/** The half nearest to a float32 in whole numbers: that of two as near whose bits are even. */
function nearest(value: number): number {
  // So many times 2⁻¹⁴⁹, of which every float32 is a whole multiple.
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, Math.abs(value));
  const [exponent, fraction] = [view.getUint32(0) >>> 23, BigInt(view.getUint32(0) & 0x7fffff)];
  const target = exponent === 0 ? fraction : (2n ** 23n + fraction) << BigInt(exponent - 1);
  const distance = (bits: number): bigint => {
    const difference = ((MAGNITUDES[bits] ?? 0n) << 125n) - target;
    return difference < 0n ? -difference : difference;
  };
  let [low, high] = [0, MAGNITUDES.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((MAGNITUDES[middle] ?? 0n) << 125n <= target) low = middle;
    else high = middle;
  }
  const [below, above] = [distance(low), distance(high)];
  const bits = below === above ? low + (low % 2) : below < above ? low : high;
  return bits + (Object.is(value, -0) || value < 0 ? 0x8000 : 0);
}

test('any float32 becomes the half that is nearest, in exact arithmetic', (t) => {
  const bits = fc.oneof(
    fc.nat({ max: 0xffffffff }),
    // What lies about the middle of two halves, at all exponents that they have.
    fc
      .tuple(fc.integer({ min: 0x66, max: 0x8f }), fc.nat({ max: 0x3ff }), fc.integer({ min: -2, max: 2 }))
      .map(([exponent, fraction, off]) => (exponent << 23) + (fraction << 13) + 0x1000 + off),
  );
  fc.assert(
    fc.property(bits, (given) => {
      const value = new Float32Array(Uint32Array.of(given).buffer)[0] ?? 0;
      if (Number.isFinite(value)) t.is(half(value), nearest(value), `${value}`);
    }),
    { numRuns: sweepOf(100_000, 5000) },
  );
});
