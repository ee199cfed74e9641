import { random } from '../../../src/random.js';

/** Numbers from 0 on and below 1, one after the other. */
export function drawsOf(seed: number): () => number {
  const draws = random(seed, 'test');
  let at = 0;
  return () => draws.uniform(at++);
}
