import type { ComparisonRun } from '../../comparison/Comparison.js';
import type { Plot } from '../Plot.js';
import { runsByCell } from '../summarizeComparison.js';
import { type DistanceAxis, flowPoints, shareAxis } from './flowPoints.js';
import { cellLabel, cellScale, frame } from './frame.js';

/** The flow of state or loss for all runs: a line each after training, and one before it, dashed. */
export function flowOfCells(
  runs: readonly ComparisonRun[],
  of: 'state' | 'loss',
  x: DistanceAxis,
  title: string,
): Plot {
  const cells = runsByCell(runs).map(([cell]) => cell);
  const values = runs.flatMap(({ cell, seed, gradientFlow }) =>
    gradientFlow.flatMap(({ when, curves }) =>
      curves
        .filter((curve) => curve.of === of)
        .flatMap((curve) => flowPoints(cellLabel(cell), curve, curve.values[0] ?? NaN))
        .map((point) => ({ ...point, when, run: `${when}, ${seed}` })),
    ),
  );
  const color = { field: 'line', type: 'nominal' as const, ...cellScale(cells) };
  const y = shareAxis(values);
  return {
    name: `gradient-flow-${of}`,
    description: `Lines that fall from left to right: the norm of the gradient of the ${of} k steps later by the state, for ${cells.map(cellLabel).join(', ')}, before and after training, on a logarithmic scale`,
    spec: frame(title, [
      {
        data: { values: values.filter(({ when }) => when === 'after training') },
        mark: { type: 'area', opacity: 0.25 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color, detail: { field: 'run' } },
      },
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 1.5 },
        encoding: {
          x,
          y: { ...y, field: 'share' },
          color,
          detail: { field: 'run' },
          strokeDash: {
            field: 'when',
            scale: {
              domain: ['after training', 'before training'],
              range: [
                [1, 0],
                [3, 3],
              ],
            },
            legend: null,
          },
        },
      },
    ]),
  };
}
