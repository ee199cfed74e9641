import type { Comparison, Trial, ValidationPoint } from '../../comparison/Comparison.js';
import { decimal, duration, listed, rate } from '../numbers.js';
import { cellLabel } from '../plots/frame.js';
import { longerPlot } from '../plots/lossPlots.js';
import { numberColumn, type Section, textColumn } from '../Report.js';

/** By so much a loss must rise again before it is said to rise. */
const RISE = 0.005;

/** What more time brings; nothing where there were no longer runs. */
export function longerSection({ trials, settings, cells }: Comparison): Section[] {
  // Where longer ones were asked for again, those are the last of their cells.
  const last = new Map(trials.filter(({ purpose }) => purpose === 'longer').map((trial) => [trial.cell, trial]));
  if (!settings.longer || last.size === 0) return [];
  const longer = [...last.values()].filter(({ validation }) => validation.length > 0);
  const lost = [...last.values()].filter(({ validation }) => validation.length === 0);
  const facts = longer.map((trial) => ({ trial, ...endAndBest(trial) }));
  const ranked = [...facts].sort((a, b) => a.end.natsPerToken - b.end.natsPerToken);
  const rising = facts.filter(({ end, best }) => end.natsPerToken > best.natsPerToken + RISE);
  return [
    {
      heading: 'With more time',
      paragraphs: [
        `One run ${settings.longer.times} times as long, of the first seed, at the same rates: ${listed(ranked.map(({ trial, end }) => `${cellLabel(trial.cell)} ${decimal(end.natsPerToken, 3)}`))}. One run each: small differences may be chance.`,
        rising.length === 0
          ? 'No loss rose again before the end.'
          : `The loss rose again ${listed(rising.map(({ trial, best }) => `of ${cellLabel(trial.cell)} after ${duration(best.seconds)}`))}: on text that the model had not seen it got worse, as when a text is learned by heart.`,
        ...(lost.length > 0
          ? [`Loss or gradients became infinite: ${listed(lost.map(({ cell }) => cellLabel(cell)))}.`]
          : []),
      ],
      tables: [
        {
          caption: 'Longer runs',
          columns: [
            textColumn('cell'),
            numberColumn('learning rate'),
            numberColumn('time'),
            numberColumn('loss at the end'),
            numberColumn('lowest loss'),
            numberColumn('reached after'),
          ],
          rows: facts.map(({ trial, end, best }) => [
            cellLabel(trial.cell),
            rate(trial.learningRate),
            duration(end.seconds),
            decimal(end.natsPerToken, 3),
            decimal(best.natsPerToken, 3),
            duration(best.seconds),
          ]),
        },
      ],
      plots: [
        [
          longerPlot(
            longer,
            cells.map(({ cell }) => cell),
          ),
        ],
      ],
    },
  ];
}

function endAndBest({ validation }: Trial): { readonly end: ValidationPoint; readonly best: ValidationPoint } {
  const best = validation.reduce((least, point) => (point.natsPerToken < least.natsPerToken ? point : least));
  return { end: validation.at(-1) ?? best, best };
}
