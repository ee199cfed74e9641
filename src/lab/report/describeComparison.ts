import type { Comparison } from '../comparison/Comparison.js';
import { listed } from './numbers.js';
import { cellLabel } from './plots/frame.js';
import { gradientPlots } from './plots/gradientPlots.js';
import { lossPlots } from './plots/lossPlots.js';
import type { Report } from './Report.js';
import { flowSection } from './sections/flowSection.js';
import { gateSection } from './sections/gateSection.js';
import { methodSection } from './sections/methodSection.js';
import { resultSection } from './sections/resultSection.js';
import { sampleSection } from './sections/sampleSection.js';
import { summarizeComparison } from './summarizeComparison.js';

/** What a comparison shows, in words, tables and plots. */
export function describeComparison(comparison: Comparison): Report {
  const summary = summarizeComparison(comparison);
  const cells = summary.cells.map(({ cell }) => cellLabel(cell));
  return {
    title: `${listed(cells)} on the same text`,
    sections: [
      resultSection(comparison, summary),
      {
        heading: 'Loss',
        paragraphs: [
          'How well the next token is predicted: the lower, the better. Each line is one run: first against the time that the training took, then against the number of tokens that it saw, both on a logarithmic axis. A cell that does better by time than by tokens owes that to its speed.',
        ],
        plots: lossPlots(comparison),
      },
      {
        heading: 'Gradients and clipping',
        paragraphs: [
          `The line is the median norm of the gradients, the band holds the middle 80 % of the steps. Gradients above the dashed line, at ${comparison.settings.clipNorm}, were scaled down to it; each such step is a dot.`,
        ],
        plots: [gradientPlots(comparison)],
      },
      ...flowSection(comparison),
      gateSection(comparison),
      sampleSection(comparison),
      methodSection(comparison),
    ],
  };
}
