const SIGN = 0x8000;
const FRACTION = 0x3ff;
const FRACTION_BITS = 10;
const EXPONENT = 0x1f;
const SMALLEST = 2 ** -24;
/** What a last place is worth at each exponent. */
const PLACES = Float64Array.from({ length: EXPONENT }, (_, exponent) => 2 ** (exponent - 25));

// As bits of float32: 2⁻¹⁴, 2¹⁶, infinity, and what the exponents of the two formats differ by.
const SMALLEST_NORMAL = 0x38800000;
const TOO_LARGE = 0x47800000;
const INFINITE = 0x7f800000;
const BIAS = 0x38000000;

/**
 * The numbers of 16 bits (IEEE 754-2019, binary16) that are nearest to these, as their bits; of two that are as near, the even one. From
 * ±65,520 on that is infinity, and below 2⁻¹⁴ they lie 2⁻²⁴ apart.
 */
export function toFloat16(values: Float32Array): Uint16Array {
  const wide = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let at = 0; at < halves.length; at++) {
    const bits = wide[at] as number;
    const magnitude = bits & 0x7fffffff;
    const half = magnitude < SMALLEST_NORMAL ? subnormal(values[at] as number) : normal(magnitude);
    halves[at] = ((bits >>> 16) & SIGN) | half;
  }
  return halves;
}

/** What numbers of 16 bits are, from their bits; float32 has all of them. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let at = 0; at < values.length; at++) {
    const bits = halves[at] as number;
    const magnitude = magnitudeOf((bits >> FRACTION_BITS) & EXPONENT, bits & FRACTION);
    values[at] = bits & SIGN ? -magnitude : magnitude;
  }
  return values;
}

/** The bits of a magnitude of float32 that is 2⁻¹⁴ or more. Where rounding carries, the exponent is the next one, at last that of infinity. */
function normal(magnitude: number): number {
  if (magnitude > INFINITE) return 0x7e00;
  if (magnitude >= TOO_LARGE) return 0x7c00;
  const isOdd = (magnitude >> 13) & 1;
  return (magnitude - BIAS + 0xfff + isOdd) >> 13;
}

/** How many times 2⁻²⁴ it is. Behind 2⁵² no number has a fraction, so to add that is to round to the even one. */
function subnormal(value: number): number {
  return Math.abs(value) / SMALLEST + 2 ** 52 - 2 ** 52;
}

function magnitudeOf(exponent: number, fraction: number): number {
  if (exponent === 0) return fraction * SMALLEST;
  if (exponent === EXPONENT) return fraction === 0 ? Infinity : NaN;
  return (FRACTION + 1 + fraction) * (PLACES[exponent] as number);
}
