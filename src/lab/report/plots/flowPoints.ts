import type { ComparisonRun, FlowCurve } from '../../comparison/Comparison.js';
import { powersOfTen } from './powersOfTen.js';

/** Powers of ten beyond which shares are left out: on a logarithmic axis nothing else could be told apart. */
const LEAST = -6;
const GREATEST = 6;

/** A point of a curve, as a share of what the curve's unit is at k = 0. */
export interface FlowPoint {
  readonly line: string;
  readonly k: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** A curve as points of a line; `unit` is what is 1 on the axis. */
export function flowPoints(line: string, { values, errors }: FlowCurve, unit: number): FlowPoint[] {
  return values
    .map((value, k) => {
      const error = errors[k] ?? 0;
      const low = Math.max((value - error) / unit, 10 ** LEAST);
      return { line, k, share: value / unit, low, high: (value + error) / unit };
    })
    .filter(({ share }) => share >= 10 ** LEAST && share <= 10 ** GREATEST);
}

/** All plots reach equally far, those whose lines end early too. */
export function distanceAxis(runs: readonly ComparisonRun[]) {
  const curves = runs.flatMap(({ gradientFlow }) => gradientFlow.flatMap((snapshot) => snapshot.curves));
  const furthest = Math.max(1, ...curves.map(({ values }) => values.length - 1));
  return {
    field: 'k',
    type: 'quantitative' as const,
    title: 'k, time steps',
    scale: { domain: [0, furthest], nice: false },
    axis: { tickCount: 5 },
  };
}

/** What `distanceAxis` makes. */
export type DistanceAxis = ReturnType<typeof distanceAxis>;

/** Just high enough for the values. */
export function shareAxis(values: readonly FlowPoint[]) {
  const highest = values.reduce((max, { high }) => Math.max(max, high), 1);
  const greatest = Math.min(GREATEST, Math.ceil(Math.log10(highest) - 0.02));
  return { type: 'quantitative' as const, title: 'share of k = 0', ...powersOfTen(LEAST, greatest) };
}
