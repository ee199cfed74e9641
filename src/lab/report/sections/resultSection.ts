import type { Comparison, ComparisonSettings } from '../../comparison/Comparison.js';
import type { Spread } from '../../statistics.js';
import { decimal, duration, listed, percent, whole, withSpread } from '../numbers.js';
import { cellLabel } from '../plots/frame.js';
import { numberColumn, type Section, textColumn } from '../Report.js';
import type { ComparisonSummary } from '../summarizeComparison.js';

/** What came out: who learned what, and the cells side by side. */
export function resultSection({ settings, text: { train, valid } }: Comparison, summary: ComparisonSummary): Section {
  const atTime = duration(summary.seconds);
  const atTokens = `${whole(summary.tokens)} tokens`;
  const runs = Math.max(...summary.cells.map(({ lossAtEqualTime }) => lossAtEqualTime.count));
  const sizes =
    settings.match === 'parameters'
      ? 'Their hidden sizes are such that all have about as many parameters.'
      : 'All have the same hidden size, and so different numbers of parameters.';
  const [at, measure] =
    'minutes' in settings.budget ? [atTime, 'lossAtEqualTime' as const] : [atTokens, 'lossAtEqualTokens' as const];
  const ranking = [...summary.cells]
    .sort((a, b) => a[measure].mean - b[measure].mean)
    .map((cell) => `${cellLabel(cell.cell)} ${loss(cell[measure])}`);
  return {
    paragraphs: [
      `Each cell learned from the same ${whole(train.sentences)} sentences (${whole(train.tokens)} tokens) in the same order, with the same optimizer and batches, for ${budgetInWords(settings)}, ${timesInWords(runs)}. ${sizes}`,
      `Validation loss after ${at}, on ${whole(valid.sentences)} other sentences, in nats per token, the lower the better: ${listed(ranking)}.`,
    ],
    tables: [
      {
        caption: 'The cells side by side',
        columns: [
          textColumn('cell'),
          numberColumn('hidden size'),
          numberColumn('parameters'),
          numberColumn('tokens/s'),
          numberColumn(`loss after ${atTime}`),
          numberColumn(`loss after ${atTokens}`),
          numberColumn('bits/character at the end'),
          numberColumn('steps clipped'),
        ],
        rows: summary.cells.map((cell) => [
          cellLabel(cell.cell),
          whole(cell.hiddenSize),
          whole(cell.parameters),
          withSpread(cell.tokensPerSecond, whole),
          loss(cell.lossAtEqualTime),
          loss(cell.lossAtEqualTokens),
          loss(cell.bitsPerCharacter),
          withSpread(cell.clippedShare, percent),
        ]),
      },
    ],
  };
}

function budgetInWords({ budget }: ComparisonSettings): string {
  if ('minutes' in budget) return `${duration(budget.minutes * 60)} of training`;
  return budget.epochs === 1 ? 'one epoch' : `${whole(budget.epochs)} epochs`;
}

function timesInWords(runs: number): string {
  if (runs === 1) return 'once';
  return `${runs === 2 ? 'twice' : `${runs} times`}, from different seeds`;
}

function loss(measured: Spread): string {
  return withSpread(measured, (value) => decimal(value, 3));
}
