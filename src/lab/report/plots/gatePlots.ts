import type { Comparison, ComparisonRun, GateSnapshot } from '../../comparison/Comparison.js';
import type { Plot } from '../Plot.js';
import { runsByCell } from '../summarizeComparison.js';
import { cellColour, cellLabel, frame } from './frame.js';

/** How many moments of a training are shown. */
const ROWS = 8;
/** How many rows the highest ridge reaches over. */
const HEIGHT = 1.6;

/** How the values of each gate are distributed in the course of the first run of each cell: ridges, the first at the top. */
export function gatePlots({ runs }: Comparison): Plot[][] {
  const byCell = runsByCell(runs);
  const cells = byCell.map(([cell]) => cell);
  return byCell.map(([cell, [run]]) => (run ? plotsOf(cell, run, cellColour(cell, cells)) : []));
}

function plotsOf(cell: string, { gates: snapshots }: ComparisonRun, colour: string): Plot[] {
  const shown = evenly(snapshots, ROWS);
  const layers = new Set(shown[0]?.gates.map(({ layer }) => layer)).size;
  return (shown[0]?.gates ?? []).map(({ layer, gate }, index) => {
    const label = `${cellLabel(cell)}${layers > 1 ? `, layer ${layer}` : ''}: ${gate}`;
    return {
      name: `gates-${cell}-${layer}-${gate}`,
      description: `Histograms of the values of ${label} at ${shown.length} moments of the training, the first at the top`,
      spec: ridges(label, colour, shown, index),
    };
  });
}

function ridges(title: string, colour: string, snapshots: readonly GateSnapshot[], index: number) {
  const histograms = snapshots.flatMap(({ gates }) => gates[index] ?? []);
  const shares = histograms.map(({ counts }) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => count / total);
  });
  const highest = Math.max(...shares.flat());
  const values = histograms.flatMap(({ range: [from, to], counts }, row) =>
    counts.map((_, bin) => ({
      row,
      base: -row,
      top: -row + (HEIGHT * (shares[row]?.[bin] ?? 0)) / highest,
      value: from + ((bin + 0.5) * (to - from)) / counts.length,
    })),
  );
  const labels = snapshots.map(({ tokens }) => inThousands(tokens));
  const domain = [...(histograms[0]?.range ?? [0, 1])];
  return frame(title, [
    {
      data: { values },
      mark: { type: 'area', color: colour, fillOpacity: 0.55, line: { color: colour, strokeWidth: 1 } },
      encoding: {
        x: {
          field: 'value',
          type: 'quantitative',
          title: null,
          scale: { domain, nice: false },
          axis: { tickCount: 5 },
        },
        y: {
          field: 'top',
          type: 'quantitative',
          title: 'tokens learned from',
          scale: { domain: [1 - snapshots.length, HEIGHT], nice: false },
          axis: {
            values: labels.map((_, row) => -row),
            labelExpr: `${JSON.stringify(labels)}[-datum.value]`,
            grid: false,
            domain: false,
            ticks: false,
          },
        },
        y2: { field: 'base' },
        detail: { field: 'row' },
      },
    },
  ]);
}

/** At most `count` items, the first and the last among them, as far apart as can be. */
function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from(
    { length: count },
    (_, place) => items.slice(Math.round((place * (items.length - 1)) / (count - 1)))[0],
  ).filter((item): item is T => item !== undefined);
}

/** `812 k`, `1.3 M`. */
function inThousands(tokens: number): string {
  return tokens < 999_500 ? `${Math.round(tokens / 1000)} k` : `${(tokens / 1e6).toFixed(1)} M`;
}
