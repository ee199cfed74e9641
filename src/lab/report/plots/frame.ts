import type { TopLevelSpec } from 'vega-lite';

type UnitSpec = Extract<TopLevelSpec, { layer: unknown }>;

/** Layers of marks, each with its data. */
export type Layers = UnitSpec['layer'];

/** The size of every plot in pixels: small enough for a telephone, beside each other on anything wider. */
const SIZE = { width: 360, height: 250 };

/** Colours are CSS variables, which a page or the file of a plot defines: so a plot follows light and dark. */
const INK = 'var(--plot-ink)';
const FAINT = 'var(--plot-faint)';

/** `reportStyle.ts` has so many colours for other cells. */
const OTHER_COLOURS = 12;

/** Cells that have a colour of their own in every report, and names that are abbreviations. */
const WITH_COLOUR = ['rnn', 'lstm', 'gru'];

/** The name of a cell in a plot and in text: `LSTM`, and one of a user's own as it is. */
export function cellLabel(cell: string): string {
  return WITH_COLOUR.includes(cell) ? cell.toUpperCase() : cell;
}

/** The colour of a cell among those that a report compares. */
export function cellColour(cell: string, cells: readonly string[]): string {
  if (WITH_COLOUR.includes(cell)) return `var(--plot-${cell})`;
  const others = cells.filter((other) => !WITH_COLOUR.includes(other));
  return `var(--plot-other-${1 + (others.indexOf(cell) % OTHER_COLOURS)})`;
}

/** One colour a cell, the same as in plots of all that are compared, and their legend above the plot. */
export function cellScale(cells: readonly string[], among: readonly string[] = cells) {
  return {
    scale: { domain: cells.map(cellLabel), range: cells.map((cell) => cellColour(cell, among)) },
    legend: {
      orient: 'top' as const,
      // As many names as fit beside each other: a character is taken for nine units wide where there is no canvas.
      columns: cells.some((cell) => cell.length > 5) ? 2 : 4,
      title: null,
      symbolType: 'stroke' as const,
      symbolStrokeWidth: 2.5,
      symbolOpacity: 1,
    },
  };
}

/** A plot of the report's size and look. */
export function frame(title: string, layer: Layers): TopLevelSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    ...SIZE,
    autosize: { type: 'fit', contains: 'padding' },
    padding: { left: 2, right: 8, top: 4, bottom: 2 },
    title,
    layer,
    config: {
      aria: false,
      background: 'transparent',
      font: 'system-ui, sans-serif',
      view: { stroke: null },
      title: { anchor: 'start', color: INK, fontSize: 13, fontWeight: 600, offset: 6 },
      axis: {
        domainColor: FAINT,
        gridColor: FAINT,
        gridOpacity: 0.5,
        labelColor: INK,
        labelFontSize: 11,
        tickColor: FAINT,
        titleColor: INK,
        titleFontSize: 11,
        titleFontWeight: 'normal',
      },
      // The width of texts is only estimated: a fixed place keeps plots in line.
      axisY: { minExtent: 34, maxExtent: 34 },
      legend: { labelColor: INK, labelFontSize: 11, padding: 0, offset: 4 },
    },
  };
}
