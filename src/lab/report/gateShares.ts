import type { GateHistogram } from '../comparison/Comparison.js';

/** Where the values of a gate lie. */
export interface GateShares {
  /** The mean, each bin's values counted at its middle. */
  readonly mean: number;
  /** The share of values below 0.1: the gate is shut. */
  readonly shut: number;
  /** The share of values of 0.9 and more: the gate is open. */
  readonly open: number;
}

/** Reads off a histogram how often a gate is shut and open; a bin counts where its middle lies. */
export function gateShares({ range: [from, to], counts }: GateHistogram): GateShares {
  const width = (to - from) / counts.length;
  let sum = 0;
  let total = 0;
  let shut = 0;
  let open = 0;
  counts.forEach((count, bin) => {
    const middle = from + (bin + 0.5) * width;
    total += count;
    sum += count * middle;
    if (middle < 0.1) shut += count;
    if (middle > 0.9) open += count;
  });
  return { mean: sum / total, shut: shut / total, open: open / total };
}
