import type { Batch } from '../../pipeline/Batch.js';
import { random } from '../../random.js';

/** Where the way back begins: a time step of a sequence. */
export interface EndPoint {
  readonly time: number;
  /** Which sequence of the batch, from 0. */
  readonly sequence: number;
}

/**
 * Draws end points from the unmasked positions of a batch, each as likely as any other and none twice; all positions,
 * where there are no more than `count`. The latest come first. Those of a smaller count are among those of a larger one.
 */
export function drawEndPoints({ mask, size }: Batch, count: number, seed: number): EndPoint[] {
  const { bits } = random(seed, 'gradient flow end points');
  return Array.from(mask.keys())
    .filter((position) => (mask[position] ?? 0) > 0)
    .map((position) => ({ position, key: bits(position) }))
    .sort((a, b) => a.key - b.key)
    .slice(0, count)
    .sort((a, b) => b.position - a.position)
    .map(({ position }) => ({ time: Math.floor(position / size), sequence: position % size }));
}
