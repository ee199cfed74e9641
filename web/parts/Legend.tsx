import { STEPS } from './tints.js';

/** What the colours of a scale mean: its ends, and what lies between. */
export function Legend({
  what,
  low,
  high,
  names,
}: {
  what: string;
  low: string;
  high: string;
  /** The scale's classes, `hot`, or two of them, of which the first goes down to nothing. */
  names: readonly ('hot' | 'cold' | 'near')[];
}) {
  const up = (name: string): string[] => Array.from({ length: STEPS + 1 }, (_, step) => `${name}-${step}`);
  const [first = 'hot', second] = names;
  const all = second ? [...up(first).reverse(), ...up(second).slice(1)] : up(first);
  return (
    <p class="legend">
      <span class="what">{what}</span> <span>{low}</span>
      <span class="scale" aria-hidden="true">
        {all.map((name) => (
          <i key={name} class={name} />
        ))}
      </span>
      <span>{high}</span>
    </p>
  );
}
