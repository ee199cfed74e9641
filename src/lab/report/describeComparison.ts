import { InvalidArgumentError } from '../../errors.js';
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

/**
 * What a comparison shows, in words, tables and plots. Runs that became infinite are told of, and left out of all else.
 * @throws {InvalidArgumentError} when there is no other run.
 */
export function describeComparison(all: Comparison): Report {
  const comparison = { ...all, runs: all.runs.filter(({ validation }) => validation.length > 0) };
  if (comparison.runs.length === 0)
    throw new InvalidArgumentError(
      `Expected a comparison with one run at least that ended, got ${all.runs.length} runs and ${all.trials.length} trials`,
    );
  const summary = summarizeComparison(comparison);
  const cells = summary.cells.map(({ cell }) => cellLabel(cell));
  return {
    title: `${listed(cells)} on the same text`,
    sections: [
      resultSection(comparison, summary, lostRuns(all)),
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

/** Of each cell that lacks runs, how many: those that became infinite, and of a cell that no learning rate suits all. */
function lostRuns({ cells, runs, settings: { seeds } }: Comparison): string[] {
  return cells.flatMap(({ cell }) => {
    const ofCell = runs.filter((run) => run.cell === cell);
    const infinite = ofCell.filter(({ validation }) => validation.length === 0).length;
    if (infinite > 0) return [`${infinite} of ${ofCell.length} runs of ${cellLabel(cell)} became infinite`];
    if (ofCell.length < seeds) return [`${seeds - ofCell.length} of ${seeds} runs of ${cellLabel(cell)} are missing`];
    return [];
  });
}
