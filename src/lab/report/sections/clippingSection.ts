import type { Comparison, ComparisonRun } from '../../comparison/Comparison.js';
import { decimal, listed, percent } from '../numbers.js';
import { cellLabel } from '../plots/frame.js';
import { gradientPlots } from '../plots/gradientPlots.js';
import { numberColumn, type Section, textColumn } from '../Report.js';
import { runsByCell } from '../summarizeComparison.js';

/** A step, as far as clipping is concerned. */
interface Step {
  readonly norm: number;
  readonly length: number;
  /** From 0 to 1: where in its run. */
  readonly at: number;
}

/** Where clipping acts: in which cells, when, and on which batches. */
export function clippingSection(comparison: Comparison): Section {
  const { clipNorm } = comparison.settings;
  const cells = runsByCell(comparison.runs).map(([cell, runs]) => ({ cell, steps: runs.flatMap(stepsOf) }));
  const isClipped = ({ norm }: Step): boolean => norm > clipNorm;
  const shareOf = (steps: readonly Step[]): number => steps.filter(isClipped).length / steps.length;
  const ranked = [...cells].sort((a, b) => shareOf(b.steps) - shareOf(a.steps));
  const some = ranked.filter(({ steps }) => shareOf(steps) > 0);
  const shares = some.map(({ cell, steps }) => `${cellLabel(cell)} ${percent(shareOf(steps))}`);
  return {
    heading: 'Gradients and clipping',
    paragraphs: [
      `The line is the median norm of the gradients, the band holds the middle 80 % of the steps. Gradients above the dashed line, at ${clipNorm}, were scaled down to it; each such step is a dot.`,
      some.length === 0 ? 'No step was clipped.' : `Steps that were clipped: ${listed(shares)}.`,
    ],
    tables: [
      {
        caption: 'Where clipping acts',
        columns: [
          textColumn('cell'),
          numberColumn('steps clipped, first tenth'),
          numberColumn('steps clipped, the rest'),
          numberColumn('largest norm'),
          numberColumn('length of batches clipped'),
          numberColumn('length of all batches'),
        ],
        rows: cells.map(({ cell, steps }) => [
          cellLabel(cell),
          percent(shareOf(steps.filter(({ at }) => at < 0.1))),
          percent(shareOf(steps.filter(({ at }) => at >= 0.1))),
          decimal(
            steps.reduce((most, { norm }) => Math.max(most, norm), 0),
            2,
          ),
          decimal(meanLength(steps.filter(isClipped)), 0),
          decimal(meanLength(steps), 0),
        ]),
      },
    ],
    plots: [gradientPlots(comparison)],
  };
}

function stepsOf({ steps: { gradientNorm, length } }: ComparisonRun): Step[] {
  return gradientNorm.map((norm, index) => ({
    norm,
    length: length[index] ?? NaN,
    at: index / gradientNorm.length,
  }));
}

function meanLength(steps: readonly Step[]): number {
  return steps.reduce((sum, { length }) => sum + length, 0) / steps.length;
}
