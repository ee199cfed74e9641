import type { Comparison } from '../../comparison/Comparison.js';
import { quantile } from '../../statistics.js';
import { decimal, whole } from '../numbers.js';
import { cellLabel } from '../plots/frame.js';
import { numberColumn, type Section, textColumn } from '../Report.js';

/** What a step of each cell costs. */
export function costSection({ cells, runs, settings }: Comparison): Section {
  const speeds = cells.map(({ tokensPerSecond }) => quantile(tokensPerSecond, 0.5));
  const fastest = Math.max(...speeds);
  const threads = settings.workers === 1 ? 'one thread' : `${settings.workers} threads`;
  return {
    heading: 'What a step costs',
    paragraphs: [
      `Measured before the runs, on ${threads}: the cells in turn, three times each, on the same first batches (cells that came later by themselves). Minutes of training are charged at the median, so that what else the machine did meanwhile changed no run.`,
    ],
    tables: [
      {
        caption: 'What a step of each cell costs',
        columns: [
          textColumn('cell'),
          numberColumn('tokens/s'),
          numberColumn('lowest and highest of three'),
          numberColumn('time for a token, the fastest being 1'),
          numberColumn('ms a step'),
          numberColumn('steps of a run'),
          numberColumn('tokens of a run'),
        ],
        rows: cells.map(({ cell, tokensPerSecond }, index) => {
          const run = runs.find((one) => one.cell === cell);
          const steps = run?.steps.loss.length ?? NaN;
          const tokens = run?.validation.at(-1)?.tokens ?? NaN;
          return [
            cellLabel(cell),
            whole(speeds[index] ?? NaN),
            `${whole(Math.min(...tokensPerSecond))} – ${whole(Math.max(...tokensPerSecond))}`,
            decimal(fastest / (speeds[index] ?? NaN), 2),
            whole((1000 * (tokens / steps)) / (speeds[index] ?? NaN)),
            whole(steps),
            whole(tokens),
          ];
        }),
      },
    ],
  };
}
