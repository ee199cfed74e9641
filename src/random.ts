import { checkNumber, checkString } from './errors.js';

/**
 * Randomness as a function of (seed, purpose, position) instead of a stream with a state: the same three give the same
 * number, on every machine, in whatever order they are asked for.
 *
 * The generator is Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011): key = (seed, hash of the purpose), counter = position.
 */
export interface Random {
  /** 32 random bits as an integer from 0 to 2³² − 1. */
  bits(position: number): number;
  /** Writes 64 random bits, two words of 32, to `out` from `at` on. */
  words(position: number, out: Int32Array, at: number): void;
  /** A number from [0, 1) with 53 random bits. */
  uniform(position: number): number;
  /** An integer from [0, bound); the bias is below bound / 2⁵³. */
  integer(position: number, bound: number): number;
  /** A number from the standard normal distribution (Box and Muller 1958, its cosine half). */
  normal(position: number): number;
}

/**
 * Randomness for one purpose: `random(seed, 'dropout').uniform(17)`. Of `seed`, an integer, the low 32 bits count.
 * @throws {InvalidArgumentError} when it is no integer, or the purpose no string.
 */
export function random(seed: number, purpose: string): Random {
  checkNumber('seed', seed, { integer: true });
  const key1 = hashString(checkString('purpose', purpose));
  const words = new Uint32Array(2);
  const at = (position: number): void => threefry2x32(seed | 0, key1, position | 0, (position / 2 ** 32) | 0, words);
  const word = (index: 0 | 1): number => words[index] ?? 0;
  const uniform = (position: number): number => {
    at(position);
    return (word(0) * 2 ** 21 + (word(1) >>> 11)) / 2 ** 53;
  };
  return {
    bits(position) {
      at(position);
      return word(0);
    },
    words(position, out, place) {
      at(position);
      out[place] = word(0);
      out[place + 1] = word(1);
    },
    uniform,
    integer: (position, bound) => Math.floor(uniform(position) * bound),
    normal(position) {
      at(position);
      const radius = Math.sqrt(-2 * Math.log((word(0) + 1) / 2 ** 32));
      return radius * Math.cos((2 * Math.PI * word(1)) / 2 ** 32);
    },
  };
}

/** A 32-bit hash of a string's UTF-16 code units (FNV-1a, then the finalizer of MurmurHash3); not for secrets. */
export function hashString(text: string, salt = 0): number {
  let hash = 0x811c9dc5 ^ salt;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** Writes the two 32-bit words that Threefry-2x32-20 gives for a key and a counter to `out`. */
export function threefry2x32(key0: number, key1: number, counter0: number, counter1: number, out: Uint32Array): void {
  const keys = [key0, key1, key0 ^ key1 ^ 0x1bd11bda] as const;
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  for (let group = 0; group < 5; group++) {
    for (let round = 0; round < 4; round++) {
      const rotation = ROTATIONS[((group & 1) * 4 + round) as 0];
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
    }
    x0 = (x0 + keys[((group + 1) % 3) as 0]) | 0;
    x1 = (x1 + keys[((group + 2) % 3) as 0] + group + 1) | 0;
  }
  out[0] = x0;
  out[1] = x1;
}
