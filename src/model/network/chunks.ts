/** So many time steps are made at once; of a sequence, the larger numbers take what they can. */
export const GRAPH_STEPS = [16, 4, 1] as const;

/** Time steps in a row. */
export interface Stretch {
  readonly from: number;
  readonly steps: number;
}

/** A sequence cut into what is made at once. */
export function stretchesOf(time: number): Stretch[] {
  const stretches: Stretch[] = [];
  for (let from = 0; from < time; ) {
    const steps = GRAPH_STEPS.find((count) => count <= time - from) ?? 1;
    stretches.push({ from, steps });
    from += steps;
  }
  return stretches;
}
