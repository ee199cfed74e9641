import type { Comparison, ComparisonRun } from '../../comparison/Comparison.js';
import { quantile, runningSums } from '../../statistics.js';
import type { Plot } from '../Plot.js';
import { runsByCell } from '../summarizeComparison.js';
import { cellColour, cellLabel, frame } from './frame.js';
import { logTicks } from './logTicks.js';

/** How many parts a training is cut into. */
const PARTS = 60;

/** A step's place in its training and the norm of its gradients. */
interface Step {
  readonly tokens: number;
  readonly norm: number;
}

/** The norm of the gradients before clipping, against tokens, a plot for each cell; clipped steps are dots. */
export function gradientPlots({ runs, settings: { clipNorm } }: Comparison): Plot[] {
  const steps = runsByCell(runs).map(([cell, ofCell]) => [cell, ofCell.flatMap(stepsOf)] as const);
  const norms = steps.flatMap(([, ofCell]) => ofCell.map(({ norm }) => norm)).filter((norm) => norm > 0);
  const domain = [Math.min(...extremes(norms), clipNorm), Math.max(...extremes(norms), clipNorm)] as [number, number];
  const cells = steps.map(([cell]) => cell);
  return steps.map(([cell, ofCell]) => gradientPlot(cell, cellColour(cell, cells), ofCell, clipNorm, domain));
}

function gradientPlot(
  cell: string,
  colour: string,
  steps: readonly Step[],
  clipNorm: number,
  domain: [number, number],
): Plot {
  const clipped = steps.filter(({ norm }) => norm > clipNorm);
  const x = {
    type: 'quantitative',
    title: AXIS_TITLE,
    axis: { tickCount: 5, labelExpr: "format(datum.value, '~s')" },
  } as const;
  const y = {
    type: 'quantitative',
    title: 'norm',
    scale: { type: 'log', domain, nice: false },
    axis: { values: logTicks(domain) },
  } as const;
  const data = { values: quantilesByPart(steps) };
  return {
    name: `gradient-norm-${cell}`,
    description: `The norm of the gradients of ${cellLabel(cell)} against tokens on a logarithmic scale; ${clipped.length} of ${steps.length} steps lie above the dashed line at ${clipNorm} and were clipped`,
    spec: frame(`${cellLabel(cell)}: norm of the gradients`, [
      {
        data,
        mark: { type: 'area', color: colour, opacity: 0.25 },
        encoding: { x: { field: 'tokens', ...x }, y: { field: 'low', ...y }, y2: { field: 'high' } },
      },
      {
        data,
        mark: { type: 'line', color: colour, strokeWidth: 1.5 },
        encoding: { x: { field: 'tokens', ...x }, y: { field: 'median', ...y } },
      },
      {
        data: { values: clipped },
        mark: { type: 'point', filled: true, size: 9, color: colour, opacity: 0.8 },
        encoding: { x: { field: 'tokens', ...x }, y: { field: 'norm', ...y } },
      },
      {
        data: { values: [{ norm: clipNorm }] },
        mark: { type: 'rule', color: 'var(--plot-ink)', strokeDash: [4, 3] },
        encoding: { y: { field: 'norm', ...y } },
      },
    ]),
  };
}

const AXIS_TITLE = 'tokens learned from';

function stepsOf({ steps }: ComparisonRun): Step[] {
  return runningSums(steps.tokens).map((tokens, step) => ({ tokens, norm: steps.gradientNorm[step] ?? NaN }));
}

/** Cuts a training into parts of equal length; of the norms of each: the first and the last decile and the median. */
function quantilesByPart(steps: readonly Step[]) {
  const width = Math.max(...extremes(steps.map(({ tokens }) => tokens))) / PARTS;
  const parts = Array.from({ length: PARTS }, (): number[] => []);
  for (const { tokens, norm } of steps) parts[Math.min(PARTS - 1, Math.floor(tokens / width))]?.push(norm);
  return parts.flatMap((norms, part) =>
    norms.length === 0
      ? []
      : [
          {
            tokens: (part + 0.5) * width,
            low: quantile(norms, 0.1),
            median: quantile(norms, 0.5),
            high: quantile(norms, 0.9),
          },
        ],
  );
}

/** The least and the greatest of numbers, however many. */
function extremes(values: readonly number[]): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b), Infinity), values.reduce((a, b) => Math.max(a, b), -Infinity)];
}
