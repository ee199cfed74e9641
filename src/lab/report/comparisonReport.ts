import type { Comparison } from '../comparison/Comparison.js';
import { describeComparison } from './describeComparison.js';
import { renderPlot } from './renderPlot.js';
import { plotColours } from './reportStyle.js';
import { writeHtml } from './writeHtml.js';
import { writeMarkdown } from './writeMarkdown.js';

/** The report of a comparison, as the contents of files. */
export interface ComparisonReport {
  /** One page that needs nothing else. */
  readonly html: string;
  /** The same as Markdown, which shows the plots of the folder `plots` beside it. */
  readonly markdown: string;
  /** SVG files, by their names in that folder, such as `loss-validation-time.svg`. */
  readonly plots: ReadonlyMap<string, string>;
}

/**
 * Draws the report of a comparison: what it shows in words, tables and plots.
 *
 * Needs the packages `vega` and `vega-lite`, which are loaded at the call.
 * @throws {MissingPackageError} when they are not installed.
 * @throws {InvalidArgumentError} when there is no run that ended.
 */
export async function comparisonReport(comparison: Comparison): Promise<ComparisonReport> {
  const report = describeComparison(comparison);
  const svgs = new Map<string, string>();
  for (const plot of report.sections.flatMap(({ plots = [] }) => plots.flat()))
    svgs.set(plot.name, await renderPlot(plot));
  return {
    html: writeHtml(report, svgs),
    markdown: writeMarkdown(report, 'plots'),
    plots: new Map([...svgs].map(([name, svg]) => [`${name}.svg`, standalone(svg)])),
  };
}

/** A drawing with its colours, as a file needs them. */
function standalone(svg: string): string {
  const style = `<style>${plotColours('svg')}</style><rect width="100%" height="100%" fill="var(--plot-paper)"/>`;
  return `${svg.replace(/^<svg [^>]*>/, (root) => root + style)}\n`;
}
