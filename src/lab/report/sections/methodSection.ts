import type { Comparison } from '../../comparison/Comparison.js';
import { listed, whole } from '../numbers.js';
import { cellLabel } from '../plots/frame.js';
import type { Section } from '../Report.js';

/** How it was measured. */
export function methodSection({ settings, text: { vocabularySize }, cells, runs }: Comparison): Section {
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  const spread =
    seeds.length > 1 ? `Seeds ${listed(seeds.map(String))}; ± is the standard deviation over them.` : `Seed ${seeds}.`;
  return {
    heading: 'How it was measured',
    paragraphs: [
      `Embedding ${settings.embeddingSize}, ${settings.layers === 1 ? 'one layer' : `${settings.layers} layers`}, dropout ${settings.dropout}, vocabulary ${vocabularySize}; batches of ${whole(settings.maxTokens)} tokens; Adam, its learning rate rising to ${settings.learningRate} and then falling along a cosine over the whole run; gradients clipped to a norm of ${settings.clipNorm}. Backend ${settings.backend}. ${spread}`,
      'Time is time of training, the making of batches counted, validation not. The loss at equal time and at equal tokens is read off the validation lines where the shortest run ends; a run that goes on after that point had not yet lowered its learning rate there, which is to its disadvantage.',
    ],
    formulas: cells.map(({ cell, equation }) => ({ caption: cellLabel(cell), text: equation })),
  };
}
