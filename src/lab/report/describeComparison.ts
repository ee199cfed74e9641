import type { Comparison } from '../comparison/Comparison.js';
import { listed } from './numbers.js';
import { cellLabel } from './plots/frame.js';
import { lossPlots } from './plots/lossPlots.js';
import type { Report } from './Report.js';
import { clippingSection } from './sections/clippingSection.js';
import { costSection } from './sections/costSection.js';
import { flowSection } from './sections/flowSection.js';
import { forgetBiasSection } from './sections/forgetBiasSection.js';
import { gateSection } from './sections/gateSection.js';
import { longerSection } from './sections/longerSection.js';
import { methodSection } from './sections/methodSection.js';
import { resultSection } from './sections/resultSection.js';
import { sampleSection } from './sections/sampleSection.js';
import { searchSection } from './sections/searchSection.js';
import { summarizeComparison } from './summarizeComparison.js';

/** What a comparison shows, in words, tables and plots. */
export function describeComparison(comparison: Comparison): Report {
  const summary = summarizeComparison(comparison);
  const cells = summary.cells.map(({ cell }) => cellLabel(cell));
  return {
    title: `${listed(cells)} on the same text`,
    sections: [
      resultSection(comparison, summary),
      ...searchSection(comparison),
      {
        heading: 'Loss',
        paragraphs: [
          'How well the next token is predicted: the lower, the better. Each line is one run: first against the time that the training took, then against the number of tokens that it saw, both on a logarithmic axis. A cell that does better by time than by tokens owes that to its speed.',
        ],
        plots: lossPlots(comparison),
      },
      ...longerSection(comparison),
      costSection(comparison),
      clippingSection(comparison),
      ...flowSection(comparison),
      gateSection(comparison),
      ...forgetBiasSection(comparison),
      sampleSection(comparison),
      methodSection(comparison),
    ],
  };
}
