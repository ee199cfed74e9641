import { DEFAULT_BEAMS, SAMPLE_TEMPERATURE } from '../../../defaults.js';
import type { Comparison } from '../../comparison/Comparison.js';
import { cellLabel } from '../plots/frame.js';
import { type Section, textColumn } from '../Report.js';
import { runsByCell } from '../summarizeComparison.js';

/** What the models write. */
export function sampleSection({ settings: { prompt }, runs }: Comparison): Section {
  const rows = runsByCell(runs).flatMap(([cell, [run]]) =>
    (run?.samples ?? []).map(({ decoder, text: continuation }) => [
      cellLabel(cell),
      DECODERS[decoder] ?? decoder,
      `${prompt}${continuation}`,
    ]),
  );
  return {
    heading: 'The same prompt, three decoders',
    paragraphs: [
      `Each model of the first seed continues “${prompt}”: with the most probable token each time, with a sample at temperature ${SAMPLE_TEMPERATURE}, and with the most probable sentence that a beam search with ${DEFAULT_BEAMS} beams finds.`,
    ],
    tables: [
      {
        caption: 'What the models write',
        columns: [textColumn('cell'), textColumn('decoder'), textColumn('text')],
        rows,
      },
    ],
  };
}

const DECODERS: Readonly<Record<string, string>> = { greedy: 'greedy', sample: 'sampling', beam: 'beam search' };
