import { random } from '../../../src/random.js';

/** A fresh seed, or that of `BABBLEBROOK_TESTS_SEED`, which repeats a run that failed. */
export function freshSeed(): number {
  return Number(process.env['BABBLEBROOK_TESTS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
}

/** Numbers from 0 on and below 1, one after the other. */
export function drawsOf(seed: number): () => number {
  const draws = random(seed, 'test');
  let at = 0;
  return () => draws.uniform(at++);
}
