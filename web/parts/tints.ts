/** How many steps the scales of colours have besides none. */
export const STEPS = 10;

/** So many nats have the strongest colour of surprise: a probability of 1 in 403. */
export const MOST_SURPRISE = 6;

/** The class of a share, from 0 to 1. */
export function shareTint(name: 'hot' | 'cold' | 'near', share: number): string {
  const step = Math.round(Math.min(1, Math.max(0, share)) * STEPS);
  return step === 0 || Number.isNaN(step) ? '' : `${name}-${step}`;
}

/** The class of a surprise, in nats. */
export function surpriseTint(nats: number): string {
  return shareTint('hot', nats / MOST_SURPRISE);
}

/** The class of what is between −1 and 1: one colour below 0, another above. */
export function signedTint(value: number): string {
  return value < 0 ? shareTint('cold', -value) : shareTint('hot', value);
}
