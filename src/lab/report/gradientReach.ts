import type { ComparisonRun } from '../comparison/Comparison.js';
import { type Spread, spread } from '../statistics.js';

/** How far the gradients of a trained cell reach back, over its runs. */
export interface GradientReach {
  /** At each of the distances, what is left of the gradient of the loss by the state, as a share of that at distance 0. */
  readonly shares: readonly Spread[];
  /** After so many time steps, less than a thousandth is left; more than were measured where it never is. */
  readonly steps: Spread;
  /** Whether in some run more than a thousandth is left at the furthest distance measured: `steps` is too low then. */
  readonly further: boolean;
}

const GONE = 1e-3;

/** Reads the reach off the curves `loss` after training; nothing where none was measured. */
export function gradientReach(runs: readonly ComparisonRun[], distances: readonly number[]): GradientReach | undefined {
  const curves = runs.flatMap(({ gradientFlow }) =>
    gradientFlow
      .filter(({ when }) => when === 'after training')
      .flatMap((snapshot) => snapshot.curves.filter(({ of }) => of === 'loss'))
      .map(({ values }) => values.map((value) => value / (values[0] ?? NaN))),
  );
  if (curves.length === 0) return undefined;
  const ends = curves.map((shares) => shares.findIndex((share) => share < GONE));
  return {
    shares: distances.map((distance) => spread(curves.map((shares) => shares[distance] ?? NaN))),
    steps: spread(ends.map((end, index) => (end === -1 ? (curves[index]?.length ?? NaN) - 1 : end))),
    further: ends.includes(-1),
  };
}
