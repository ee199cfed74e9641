import type { Cell } from './Cell.js';
import { gru, gruResetAfter } from './gru.js';
import { lstm } from './lstm.js';
import { rnn } from './rnn.js';

/** The names of the cells. */
export const CELL_NAMES = ['rnn', 'lstm', 'gru'] as const;

/** `rnn`, `lstm` or `gru`. */
export type CellName = (typeof CELL_NAMES)[number];

/** The cell of a name; `resetAfter` chooses between the two GRUs. */
export function cellOf(name: CellName, resetAfter: boolean): Cell {
  if (name === 'gru') return resetAfter ? gruResetAfter : gru;
  return name === 'lstm' ? lstm : rnn;
}
