import type { Probes } from '../../../../src/lab/flow/estimateFlow.js';

/** Probes along the axes, one for each number of a part of the state, that give a Jacobian's norm exactly. */
export function exactProbes(width: number): Probes {
  return { count: width, element: (_, probe, column) => (column % width === probe ? Math.sqrt(width) : 0) };
}
