import type { Comparison } from '../../comparison/Comparison.js';
import { type GradientReach, gradientReach } from '../gradientReach.js';
import { listed, percent, whole } from '../numbers.js';
import { flowPlots } from '../plots/flowPlots.js';
import { cellLabel } from '../plots/frame.js';
import { numberColumn, type Section, textColumn } from '../Report.js';
import { runsByCell } from '../summarizeComparison.js';

/** How far gradients reach back; nothing where it was not measured. */
export function flowSection(comparison: Comparison): Section[] {
  const plots = flowPlots(comparison);
  if (plots.length === 0) return [];
  const reaches = runsByCell(comparison.runs).flatMap(([cell, runs]) => {
    const reach = gradientReach(runs, DISTANCES);
    return reach ? [{ cell, ...reach }] : [];
  });
  const has = (cell: string): boolean => comparison.runs.some((run) => run.cell === cell);
  return [
    {
      heading: 'How far gradients reach back',
      paragraphs: [
        'How much the state k time steps later changes when the state now is changed a little, averaged over places of the validation text, as a share of what it is at k = 0; and how much the loss k steps later does. Where a line has fallen to a thousandth, what happened k steps ago can hardly be learned from. Dashed: before training. Bands are standard errors.',
        ...reachInWords(reaches),
        ...(has('lstm') ? [LSTM] : []),
        ...(has('rnn') ? [RNN] : []),
      ],
      tables: [
        {
          caption: 'What is left of the gradient of the loss after training',
          columns: [
            textColumn('cell'),
            ...DISTANCES.map((distance) => numberColumn(`left ${distance} steps back`)),
            numberColumn('steps to a thousandth'),
          ],
          rows: reaches.map(({ cell, shares, steps, further }) => [
            cellLabel(cell),
            ...shares.map(({ mean }) => percent(mean, mean < 0.001 ? 4 : 2)),
            `${further ? 'over ' : ''}${whole(steps.mean)}`,
          ]),
        },
      ].filter(({ rows }) => rows.length > 0),
      plots,
    },
  ];
}

const DISTANCES = [10, 20, 50];

function reachInWords(reaches: readonly (GradientReach & { readonly cell: string })[]): string[] {
  if (reaches.length === 0) return [];
  const furthest = [...reaches].sort((a, b) => b.steps.mean - a.steps.mean);
  const reach = ({ cell, steps, further }: (typeof furthest)[number]): string =>
    `${further ? 'more than ' : ''}${whole(steps.mean)} steps in ${cellLabel(cell)}`;
  return [
    `A thousandth of the gradient of the loss is left after ${listed(furthest.map(reach))} (means over the trained models).`,
  ];
}

const LSTM =
  'The LSTM by parts, in its first run: “C to h” is how the hidden state k steps later depends on the memory now, and so on.';
const RNN =
  'The RNN in its first run, beside what the powers of its recurrent weights would make of a change by themselves, and beside their eigenvalues: how far its line lies below theirs is what tanh takes away where units are saturated.';
