import type { Comparison } from '../../comparison/Comparison.js';
import { rateResults } from '../../comparison/searchRate.js';
import type { Plot } from '../Plot.js';
import { cellLabel, cellScale, frame } from './frame.js';
import { logTicks } from './logTicks.js';

/** Losses above so many times the lowest are not drawn. */
export const MOST = 1.6;

/** The search for learning rates: loss against rate, a line a cell; what the second round came to are dots. */
export function ratePlot({ cells, trials }: Comparison): Plot {
  const values = cells.flatMap(({ cell }) =>
    rateResults(trials, cell)
      .filter(({ loss }) => Number.isFinite(loss))
      .map((result) => ({ ...result, cell: cellLabel(cell) })),
  );
  const names = cells.map(({ cell }) => cell);
  // What is far worse than the rest would press the rest together: it is in the table alone.
  const lowest = Math.min(...values.map(({ loss }) => loss));
  const shown = values.filter(({ loss }) => loss <= MOST * lowest);
  const rates = shown.map(({ learningRate }) => learningRate);
  const x = {
    field: 'learningRate',
    type: 'quantitative',
    title: 'highest learning rate',
    scale: { type: 'log', nice: false },
    axis: { values: logTicks(rates), labelOverlap: true, format: '~g' },
  } as const;
  const y = {
    field: 'loss',
    type: 'quantitative',
    title: 'nats per token',
    scale: { zero: false },
  } as const;
  const color = { field: 'cell', type: 'nominal' as const, ...cellScale(names) };
  return {
    name: 'learning-rates',
    description: `A line a cell: the validation loss of ${names.map(cellLabel).join(', ')} against the learning rate, on a logarithmic axis`,
    spec: frame('Loss by learning rate', [
      {
        data: { values: shown.filter(({ round }) => round === 0) },
        mark: { type: 'line', strokeWidth: 1.5, point: { size: 12 } },
        encoding: { x, y, color },
      },
      {
        data: { values: shown.filter(({ round }) => round > 0) },
        mark: { type: 'point', filled: true, size: 45 },
        encoding: { x, y, color },
      },
    ]),
  };
}
