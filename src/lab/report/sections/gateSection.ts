import type { Comparison, ComparisonRun } from '../../comparison/Comparison.js';
import { gateShares } from '../gateShares.js';
import { decimal, percent } from '../numbers.js';
import { cellLabel } from '../plots/frame.js';
import { gatePlots } from '../plots/gatePlots.js';
import { numberColumn, type Section, type Table, textColumn } from '../Report.js';
import { runsByCell } from '../summarizeComparison.js';

/** What the gates do. */
export function gateSection(comparison: Comparison): Section {
  return {
    heading: 'Gates',
    paragraphs: [
      'How the values inside the cells are distributed in the course of the first run, over all units and all tokens of a batch. Time goes downwards. A gate at 0 is shut, at 1 open; of the two gates of an sLSTM, which are scaled by a stabiliser, one is always at 1. What has no bounds, such as memory, is counted at the edges below −10 and above 10.',
    ],
    tables: gateTables(comparison),
    plots: gatePlots(comparison),
  };
}

function gateTables({ runs }: Comparison): Table[] {
  const rows = runsByCell(runs).flatMap(([cell, [run]]) =>
    (run?.gates.at(-1)?.gates ?? [])
      .filter(({ range: [from] }) => from === 0)
      .map((histogram) => {
        const { mean, shut, open } = gateShares(histogram);
        const name = `${cellLabel(cell)} ${histogram.gate}${run && layersOf(run) > 1 ? `, layer ${histogram.layer}` : ''}`;
        return [name, decimal(mean, 2), percent(shut), percent(open)];
      }),
  );
  if (rows.length === 0) return [];
  return [
    {
      caption: 'The gates when they were last measured in the first run',
      columns: [
        textColumn('gate'),
        numberColumn('mean'),
        numberColumn('shut: below 0.1'),
        numberColumn('open: above 0.9'),
      ],
      rows,
    },
  ];
}

function layersOf(run: ComparisonRun): number {
  return new Set(run.gates.at(-1)?.gates.map(({ layer }) => layer)).size;
}
