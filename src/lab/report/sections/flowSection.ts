import type { Comparison } from '../../comparison/Comparison.js';
import { flowPlots } from '../plots/flowPlots.js';
import type { Section } from '../Report.js';

/** How far gradients reach back; nothing where it was not measured. */
export function flowSection(comparison: Comparison): Section[] {
  const plots = flowPlots(comparison);
  if (plots.length === 0) return [];
  const has = (cell: string): boolean => comparison.runs.some((run) => run.cell === cell);
  return [
    {
      heading: 'How far gradients reach back',
      paragraphs: [
        'How much the state k time steps later changes when the state now is changed a little, averaged over places of the validation text, as a share of what it is at k = 0; and how much the loss k steps later does. Where a line has fallen to a thousandth, what happened k steps ago can hardly be learned from. Dashed: before training. Bands are standard errors.',
        ...(has('lstm') ? [LSTM] : []),
        ...(has('rnn') ? [RNN] : []),
      ],
      plots,
    },
  ];
}

const LSTM =
  'The LSTM by parts, in its first run: “C to h” is how the hidden state k steps later depends on the memory now, and so on.';
const RNN =
  'The RNN in its first run, beside what the powers of its recurrent weights would make of a change by themselves, and beside their eigenvalues: how far its line lies below theirs is what tanh takes away where units are saturated.';
