import { MissingPackageError } from '../../errors.js';
import { escapeHtml } from './Html.js';
import type { Plot } from './Plot.js';

/**
 * Draws a plot as the text of an SVG element, whose colours are the CSS variables `--plot-…`.
 *
 * Vega and Vega-Lite are loaded at the first call, and nobody who draws no report needs to have them.
 * @throws {MissingPackageError} when they are not installed.
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

async function loadVega() {
  try {
    const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
    return { vega, vegaLite };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new MissingPackageError(
      'Expected the packages vega and vega-lite, which draw the plots of a report, got none: npm install vega@6 vega-lite@6',
      { cause: error },
    );
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
