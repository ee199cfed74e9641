import type { Comparison, ComparisonSettings } from '../../comparison/Comparison.js';
import { listed, rate, whole } from '../numbers.js';
import { cellLabel } from '../plots/frame.js';
import type { Section } from '../Report.js';

/** How it was measured. */
export function methodSection({ settings, text: { vocabularySize }, cells, runs }: Comparison): Section {
  const seeds = [...new Set(runs.map(({ seed }) => seed))];
  const spread =
    seeds.length > 1
      ? `Seeds ${listed(seeds.map(String))}; ± is half of the 95 % interval of the mean over them (Student’s t). “Behind the best” is the mean of the differences between runs of the same seed, which have the same batches in the same order. Of twenty such intervals one misses by chance, and the best cell was picked from the same runs. What all runs of a cell share is in no interval: its learning rate, the speed that its time is charged at, and the text to validate on${typeof settings.learningRate === 'number' ? '' : ', which the rates were chosen on, too'}.`
      : `Seed ${seeds}.`;
  const isTimed = 'minutes' in settings.budget;
  const threads = settings.workers === 1 ? 'one thread' : `${settings.workers} threads`;
  return {
    heading: 'How it was measured',
    paragraphs: [
      `Embedding ${settings.embeddingSize}, ${settings.layers === 1 ? 'one layer' : `${settings.layers} layers`}, dropout ${settings.dropout}, vocabulary ${vocabularySize}; batches of ${whole(settings.maxTokens)} tokens; ${OPTIMIZER_LABELS[settings.optimizer]}, ${rateInWords(settings)}; the rate rises at first and then falls along a cosine over the whole run; gradients clipped to a norm of ${settings.clipNorm}. Backend ${settings.backend}, ${threads}. ${spread}`,
      `Time is tokens divided by the speed of the cell, which was measured first (${isTimed ? 'a run ends when its minutes are charged' : 'all runs end after the same number of epochs'}); validation does not count. The loss at ${isTimed ? '' : 'equal time and at '}equal tokens is read off the validation lines where the shortest run ends; a run that goes on after that point had not yet lowered its learning rate there, which is to its disadvantage.`,
    ],
    formulas: cells.map(({ cell, equation }) => ({ caption: cellLabel(cell), text: equation })),
  };
}

const OPTIMIZER_LABELS: Readonly<Record<ComparisonSettings['optimizer'], string>> = {
  adam: 'Adam',
  adamW: 'AdamW',
  rmsProp: 'RMSProp',
  sgd: 'SGD',
};

function rateInWords({ learningRate }: ComparisonSettings): string {
  return typeof learningRate === 'number'
    ? `its highest learning rate ${rate(learningRate)}`
    : 'its highest learning rate the one found for each cell';
}
