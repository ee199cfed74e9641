import type { Expression } from './Expression.js';
import type { Expressions, TracedCell } from './TracedCell.js';

/**
 * The cell, of whose state a share stays as it was at each time step (Krueger et al., “Zoneout: regularizing RNNs by randomly preserving hidden
 * activations”, 2016):
 *
 *     s_t = s_{t−1} + r ⊗ (s̃_t − s_{t−1})
 *
 * `renewed` is r by the parts of the state, expressions of the cell's graph; a part that is not there is new as before. An output that is a part of
 * the state stays that part; whatever else a time step makes, it makes of the parts s̃ that it would have without.
 */
export function zonedState(cell: TracedCell, renewed: Expressions): TracedCell {
  const next = Object.fromEntries(
    Object.entries(cell.next).map(([part, made]) => {
      const [before, share] = [cell.state[part] as Expression, renewed[part]];
      return [part, share ? before.plus(made.minus(before).times(share)) : made];
    }),
  );
  const [outputPart = ''] = Object.entries(cell.next).find(([, made]) => made === cell.output) ?? [];
  return { ...cell, next, output: next[outputPart] ?? cell.output, gates: { ...cell.gates, ...next } };
}
