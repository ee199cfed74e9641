import { escapeHtml } from './Html.js';
import { loadVega } from './loadVega.js';
import type { Plot } from './Plot.js';

/**
 * Draws a plot as the text of an SVG element, whose colours are the CSS variables `--plot-…`.
 * @throws {MissingPackageError} when Vega is not installed.
 */
export async function renderPlot({ name, description, spec }: Plot): Promise<string> {
  const { vega, vegaLite } = await loadVega();
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none' });
  try {
    const svg = await view.toSVG();
    return shortened(named(svg, name, description));
  } finally {
    view.finalize();
  }
}

/** Says what an SVG shows, and makes its ids unique among the plots of a page. */
function named(svg: string, name: string, description: string): string {
  return svg
    .replace(/^<svg /, `<svg role="img" aria-label="${escapeHtml(description)}" `)
    .replace(/\bid="([^"]+)"/g, `id="${name}-$1"`)
    .replace(/url\(#([^)]+)\)/g, `url(#${name}-$1)`);
}

/** Places to a hundredth of a pixel: half the size, and the same drawing from every engine's logarithms. */
function shortened(svg: string): string {
  return svg.replace(/ (?:d|transform|x2|y2|width|height)="[^"]*"/g, (attribute) =>
    attribute.replace(/\d+\.\d{3,}(?:e-\d+)?/g, (number) => String(Number(Number(number).toFixed(2)))),
  );
}
