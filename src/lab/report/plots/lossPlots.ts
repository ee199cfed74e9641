import type { Comparison, ComparisonRun, Trial } from '../../comparison/Comparison.js';
import { runningSums } from '../../statistics.js';
import type { Plot } from '../Plot.js';
import { runsByCell } from '../summarizeComparison.js';
import { cellLabel, cellScale, frame } from './frame.js';
import { logTicks } from './logTicks.js';
import { lossByProgress } from './lossByProgress.js';

/** A point of a line of one run. */
interface Point {
  readonly cell: string;
  readonly seed: number;
  readonly x: number;
  readonly loss: number;
}

const AXES = {
  seconds: { title: 'seconds of training', words: 'time', labelExpr: "format(datum.value, '~g')" },
  tokens: { title: 'tokens learned from', words: 'tokens', labelExpr: "format(datum.value, '~s')" },
} as const;

/** Loss on the validation and on the training text, against time and against tokens; a line for each run. */
export function lossPlots({ runs }: Comparison): Plot[][] {
  const cells = runsByCell(runs).map(([cell]) => cell);
  const pair = (text: string, pointsOf: (run: ComparisonRun, by: keyof typeof AXES) => Point[]): Plot[] =>
    (['seconds', 'tokens'] as const).map((by) =>
      lossPlot(
        text,
        by,
        cells,
        runs.flatMap((run) => pointsOf(run, by)),
      ),
    );
  return [pair('validation', validationPoints), pair('training', trainingPoints)];
}

/** Loss on the validation text against time, of longer trainings; colours are those of all cells that are compared. */
export function longerPlot(trials: readonly Trial[], cells: readonly string[]): Plot {
  const values = trials.flatMap((trial) => validationPoints(trial, 'seconds'));
  const named = cells.filter((cell) => trials.some((trial) => trial.cell === cell));
  return { ...lossPlot('validation', 'seconds', named, values, cells), name: 'loss-longer' };
}

function lossPlot(
  text: string,
  by: keyof typeof AXES,
  cells: readonly string[],
  values: Point[],
  among: readonly string[] = cells,
): Plot {
  const { title, words, labelExpr } = AXES[by];
  return {
    name: `loss-${text}-${words}`,
    description: `Lines that fall from left to right: the ${text} loss of ${cells.map(cellLabel).join(', ')} against ${words}`,
    spec: frame(`Loss on the ${text} text, by ${words}`, [
      {
        data: { values },
        mark: { type: 'line', strokeWidth: 1.5, point: text === 'validation' ? { size: 12 } : false },
        encoding: {
          x: {
            field: 'x',
            type: 'quantitative',
            title,
            scale: { type: 'log', nice: false },
            axis: { values: logTicks(values.map(({ x: at }) => at)), labelExpr, labelOverlap: true },
          },
          y: { field: 'loss', type: 'quantitative', title: 'nats per token', scale: { zero: false } },
          color: { field: 'cell', type: 'nominal', ...cellScale(cells, among) },
          detail: { field: 'seed' },
        },
      },
    ]),
  };
}

function validationPoints({ cell, seed, validation }: ComparisonRun | Trial, by: keyof typeof AXES): Point[] {
  return validation.map((point) => ({ cell: cellLabel(cell), seed, x: point[by], loss: point.natsPerToken }));
}

function trainingPoints({ cell, seed, steps }: ComparisonRun, by: keyof typeof AXES): Point[] {
  const progress = by === 'seconds' ? steps.seconds : runningSums(steps.tokens);
  return lossByProgress(steps, progress).map(([x, loss]) => ({ cell: cellLabel(cell), seed, x, loss }));
}
