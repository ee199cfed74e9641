// AssemblyScript: compiled to WebAssembly by `npm run build:kernel`. What it draws, in plain TypeScript: test/reference/dropoutMask.ts.

/** Where the first four words of generators stand for a moment. */
const STATES: usize = 0;

/**
 * Draws rows of numbers that are 0 with probability `threshold` / 2¹², else `value`, four rows at once, a lane each. The generator of a row is
 * xoshiro128++, whose four words begin as what Threefry gives for twice the row's place, and the place behind that.
 */
export function draw(
  to: usize,
  places: usize,
  rows: i32,
  columns: i32,
  key0: i32,
  key1: i32,
  threshold: i32,
  value: f32,
): void {
  const values = f32x4.splat(value);
  for (let row = 0; row < rows; row += 4) {
    const twice = i32x4.shl(v128.load(places + 4 * <usize>row), 1);
    threefry(key0, key1, twice, STATES);
    threefry(key0, key1, v128.or(twice, i32x4.splat(1)), STATES + 32);
    let s0 = v128.load(STATES);
    let s1 = v128.load(STATES + 16);
    let s2 = v128.load(STATES + 32);
    let s3 = v128.load(STATES + 48);
    for (let column = 0; column < columns; column += 32) {
      // A bit a number: whether what was drawn of it so far is below the threshold, and whether it equals it.
      let below = i32x4.splat(0);
      let equal = i32x4.splat(-1);
      for (let rest = threshold << 20; rest !== 0; rest <<= 1) {
        const word = i32x4.add(rotated(i32x4.add(s0, s3), 7), s0);
        const shifted = i32x4.shl(s1, 9);
        s2 = v128.xor(s2, s0);
        s3 = v128.xor(s3, s1);
        s1 = v128.xor(s1, s2);
        s0 = v128.xor(s0, s3);
        s2 = v128.xor(s2, shifted);
        s3 = rotated(s3, 11);
        const lower = v128.andnot(equal, word);
        if (rest < 0) {
          below = v128.or(below, lower);
          equal = v128.and(equal, word);
        } else equal = lower;
      }
      const count = min(32, columns - column);
      const at = to + 4 * <usize>(row * columns + column);
      const next = 4 * <usize>columns;
      write(at, i32x4.extract_lane(below, 0), count, values);
      if (row + 1 < rows) write(at + next, i32x4.extract_lane(below, 1), count, values);
      if (row + 2 < rows) write(at + 2 * next, i32x4.extract_lane(below, 2), count, values);
      if (row + 3 < rows) write(at + 3 * next, i32x4.extract_lane(below, 3), count, values);
    }
  }
}

/** Writes 0 where a bit is set, else the value, the lowest bit first. */
function write(at: usize, bits: i32, count: i32, values: v128): void {
  const ofLanes = i32x4(1, 2, 4, 8);
  let place = 0;
  for (; place + 4 <= count; place += 4) {
    const isKept = i32x4.eq(v128.and(i32x4.splat(bits >> place), ofLanes), i32x4.splat(0));
    v128.store(at + 4 * <usize>place, v128.and(isKept, values));
  }
  for (; place < count; place++)
    store<f32>(at + 4 * <usize>place, (bits >> place) & 1 ? 0 : f32x4.extract_lane(values, 0));
}

/** Threefry-2x32 with 20 rounds (`src/random.ts`), of counters below 2³², a lane each; its two words go to `to`. */
function threefry(key0: i32, key1: i32, counters: v128, to: usize): void {
  let k0 = i32x4.splat(key0);
  let k1 = i32x4.splat(key1);
  let k2 = i32x4.splat(key0 ^ key1 ^ 0x1bd11bda);
  let x0 = i32x4.add(counters, k0);
  let x1 = k1;
  for (let group = 1; group <= 5; group++) {
    const isOdd = (group & 1) === 1;
    x0 = i32x4.add(x0, x1);
    x1 = v128.xor(rotated(x1, isOdd ? 13 : 17), x0);
    x0 = i32x4.add(x0, x1);
    x1 = v128.xor(rotated(x1, isOdd ? 15 : 29), x0);
    x0 = i32x4.add(x0, x1);
    x1 = v128.xor(rotated(x1, isOdd ? 26 : 16), x0);
    x0 = i32x4.add(x0, x1);
    x1 = v128.xor(rotated(x1, isOdd ? 6 : 24), x0);
    const first = k0;
    k0 = k1;
    k1 = k2;
    k2 = first;
    x0 = i32x4.add(x0, k0);
    x1 = i32x4.add(x1, i32x4.add(k1, i32x4.splat(group)));
  }
  v128.store(to, x0);
  v128.store(to + 16, x1);
}

function rotated(words: v128, by: i32): v128 {
  return v128.or(i32x4.shl(words, by), i32x4.shr_u(words, 32 - by));
}
