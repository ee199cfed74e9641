import type { Comparison, Trial } from '../../comparison/Comparison.js';
import { spread, studentQuantile } from '../../statistics.js';
import { decimal, listed, rate } from '../numbers.js';
import { cellLabel } from '../plots/frame.js';
import { numberColumn, type Section, textColumn } from '../Report.js';
import { runsByCell } from '../summarizeComparison.js';

/** A pair of trainings that differ in the initial forget bias alone. */
interface Pair {
  readonly cell: string;
  readonly learningRate: number;
  /** Infinite where the training was. */
  readonly without: number;
  readonly withOne: number;
}

/** What a forget bias of 1 changes, for the cells that have the gate; nothing where that was not tried. */
export function forgetBiasSection(comparison: Comparison): Section[] {
  const pairs = comparison.cells.flatMap(({ cell }) => pairOf(comparison.trials, cell));
  if (pairs.length === 0) return [];
  const chance = chanceOf(comparison);
  const beyond = pairs.filter(({ without, withOne }) => {
    const change = Math.abs(withOne - without);
    return chance !== undefined && Number.isFinite(change) && change > chance;
  });
  const change = ({ cell, without, withOne }: Pair): string =>
    `${cellLabel(cell)} (${withOne < without ? 'better' : 'worse'} by ${decimal(Math.abs(withOne - without), 3)})`;
  const verdict =
    beyond.length === 0
      ? 'No change here is larger than that.'
      : `Larger than that are the changes of ${listed(beyond.map(change))}.`;
  return [
    {
      heading: 'A forget bias of 1',
      paragraphs: [
        'Jozefowicz, Zaremba and Sutskever (2015) recommend that the bias of a forget gate begin with 1 instead of 0: the cell then remembers before it has learned what to forget. Each pair of trainings, half a run long, differs in that alone; a rate that was searched for was found with 0, and by the same seed, which favours 0.',
        ...(chance === undefined
          ? []
          : [
              `One pair a cell says little: as the whole runs of this comparison scatter, all cells taken together, two that differ in nothing but the seed lie less than ${decimal(chance, 3)} apart 19 times of 20. ${verdict}`,
            ]),
      ],
      tables: [
        {
          caption: 'Loss with a forget bias that begins with 0 and with 1',
          columns: [
            textColumn('cell'),
            numberColumn('learning rate'),
            numberColumn('loss, from 0'),
            numberColumn('loss, from 1'),
            numberColumn('change'),
          ],
          rows: pairs.map(({ cell, learningRate, without, withOne }) => [
            cellLabel(cell),
            rate(learningRate),
            Number.isFinite(without) ? decimal(without, 3) : 'infinite',
            Number.isFinite(withOne) ? decimal(withOne, 3) : 'infinite',
            Number.isFinite(withOne - without) ? signed(withOne - without) : '–',
          ]),
        },
      ],
    },
  ];
}

function pairOf(trials: readonly Trial[], cell: string): Pair[] {
  const withOne = trials.find(
    (trial) => trial.purpose === 'forget bias' && trial.cell === cell && trial.forgetBias === 1,
  );
  if (!withOne) return [];
  const { learningRate, steps, seed } = withOne;
  const without = trials.find(
    (trial) =>
      trial.cell === cell &&
      trial.forgetBias === 0 &&
      trial.purpose !== 'longer' &&
      trial.learningRate === learningRate &&
      trial.steps === steps &&
      trial.seed === seed,
  );
  if (!without) return [];
  const lossOf = ({ validation }: Trial): number => validation.at(-1)?.natsPerToken ?? Infinity;
  return [{ cell, learningRate, without: lossOf(without), withOne: lossOf(withOne) }];
}

/** How far apart chance alone puts two runs, 19 times of 20 at most; unknown with one seed. */
function chanceOf({ runs }: Comparison): number | undefined {
  let squares = 0;
  let degreesOfFreedom = 0;
  for (const [, ofCell] of runsByCell(runs)) {
    const { deviation = 0, count } = spread(ofCell.map(({ validation }) => validation.at(-1)?.natsPerToken ?? NaN));
    squares += deviation ** 2 * (count - 1);
    degreesOfFreedom += count - 1;
  }
  if (degreesOfFreedom === 0) return undefined;
  return studentQuantile(degreesOfFreedom) * Math.sqrt((2 * squares) / degreesOfFreedom);
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${decimal(Math.abs(value), 3)}`;
}
