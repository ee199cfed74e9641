/**
 * Writes `count` numbers from `at` on: 0 with probability `threshold` / 2¹⁶, else `value`, each by itself.
 *
 * The bits come from xoshiro128++ (Blackman and Vigna, “Scrambled linear pseudorandom number generators”, 2021), which begins with the four
 * words of `state`, not all of them 0. 32 numbers are drawn at once: each is compared with the threshold bit by bit, the highest first, one
 * word a bit, until all are decided; that takes some six words, and at a half, one.
 */
export function bernoulliRow(
  to: Float32Array,
  at: number,
  count: number,
  threshold: number,
  value: number,
  state: Int32Array,
): void {
  let [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = state;
  const end = at + count;
  while (at < end) {
    let below = 0;
    let equal = -1;
    // What is left of the threshold, its next bit at the sign; where nothing is left, whatever is equal so far is not below.
    for (let rest = threshold << 16; rest !== 0 && equal !== 0; rest <<= 1) {
      const sum = (s0 + s3) | 0;
      const word = (((sum << 7) | (sum >>> 25)) + s0) | 0;
      const shifted = s1 << 9;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= shifted;
      s3 = (s3 << 11) | (s3 >>> 21);
      if (rest < 0) {
        below |= equal & ~word;
        equal &= word;
      } else equal &= ~word;
    }
    // Without a branch, which half of all numbers would mispredict.
    for (const last = Math.min(end, at + 32); at < last; at++, below >>>= 1) to[at] = ((below & 1) ^ 1) * value;
  }
}
