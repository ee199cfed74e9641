import { median } from '../table.js';
import type { Contestant } from './Contestant.js';

/** The median work per second of each, after a round to warm up; they take turns. */
export async function compete(
  contestants: ReadonlyMap<string, Contestant>,
  rounds: number,
): Promise<Map<string, number>> {
  const speeds = new Map([...contestants.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++)
    for (const [name, contestant] of contestants) {
      const speed = await contestant.round();
      if (round > 0) speeds.get(name)?.push(speed);
    }
  for (const [name, all] of speeds) console.error(name, all.map((speed) => speed.toExponential(2)).join(' '));
  return new Map([...speeds].map(([name, all]) => [name, median(all)]));
}
