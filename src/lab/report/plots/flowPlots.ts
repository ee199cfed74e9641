import type { Comparison } from '../../comparison/Comparison.js';
import type { Plot } from '../Plot.js';
import { runsByCell } from '../summarizeComparison.js';
import { flowOfCells } from './flowOfCells.js';
import { flowOfLstm, flowOfRnn } from './flowOfParts.js';
import { distanceAxis } from './flowPoints.js';

/** How far gradients reach back: of state and loss for all cells, of the blocks of an LSTM, of the powers of an RNN's weights. */
export function flowPlots({ runs }: Comparison): Plot[][] {
  if (runs.every(({ gradientFlow }) => gradientFlow.length === 0)) return [];
  const x = distanceAxis(runs);
  const first = new Map(runsByCell(runs).map(([cell, [run]]) => [cell, run]));
  return [
    [
      flowOfCells(runs, 'state', x, 'How the state depends on the one before'),
      flowOfCells(runs, 'loss', x, 'How the loss depends on the state before'),
    ],
    [...flowOfLstm(first.get('lstm'), x), ...flowOfRnn(first.get('rnn'), x)],
  ].filter((group) => group.length > 0);
}
