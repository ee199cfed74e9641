import { random } from '../../src/random.js';

/**
 * Rows of a dropout mask in plain arithmetic. A row's generator, xoshiro128++, begins with the words that Threefry gives for twice its place and
 * for the place behind that. A number is 0 where the fraction that bits of successive words make, the highest first, is below the rate; 32 numbers
 * take the same words, a bit of them each.
 */
export function maskRows(
  places: readonly number[],
  columns: number,
  { seed, purpose, threshold, value }: { seed: number; purpose: string; threshold: number; value: number },
): number[][] {
  const { words } = random(seed, purpose);
  const bits = threshold === 0 ? 0 : 12 - Math.log2(threshold & -threshold);
  return places.map((place) => {
    const state = new Int32Array(4);
    words(2 * place, state, 0);
    words(2 * place + 1, state, 2);
    const next = xoshiro128([...state]);
    const row: number[] = [];
    while (row.length < columns) {
      const drawn = Array.from({ length: bits }, next);
      for (let lane = 0; lane < 32 && row.length < columns; lane++) {
        const fraction = drawn.reduce((sum, word, at) => sum + ((word >>> lane) & 1) * 2 ** -(at + 1), 0);
        row.push(fraction < threshold / 4096 ? 0 : value);
      }
    }
    return row;
  });
}

/** xoshiro128++ (Blackman and Vigna, “Scrambled linear pseudorandom number generators”, 2021), from four words. */
export function xoshiro128([s0 = 0, s1 = 0, s2 = 0, s3 = 0]: readonly number[]): () => number {
  const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by));
  return () => {
    const word = (rotated((s0 + s3) | 0, 7) + s0) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotated(s3, 11);
    return word;
  };
}
