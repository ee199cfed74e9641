import type { Comparison, ComparisonSettings } from '../../comparison/Comparison.js';
import type { Spread } from '../../statistics.js';
import { decimal, duration, listed, percent, rate, whole, withMargin } from '../numbers.js';
import { cellLabel } from '../plots/frame.js';
import { numberColumn, type Section, textColumn } from '../Report.js';
import type { CellSummary, ComparisonSummary } from '../summarizeComparison.js';

/** What came out: who learned what, and the cells side by side. */
export function resultSection(
  { settings, text: { train, valid } }: Comparison,
  summary: ComparisonSummary,
  lost: readonly string[],
): Section {
  const atTime = duration(summary.seconds);
  const atTokens = `${whole(summary.tokens)} tokens`;
  const counts = summary.cells.map(({ lossAtEqualTime }) => lossAtEqualTime.count);
  const runs = Math.max(...counts);
  const sizes =
    settings.match === 'parameters'
      ? 'Their hidden sizes are such that all have about as many parameters.'
      : 'All have the same hidden size, and so different numbers of parameters.';
  const [at, measure] = inMinutes(settings)
    ? [atTime, 'lossAtEqualTime' as const]
    : [atTokens, 'lossAtEqualTokens' as const];
  const ranked = [...summary.cells].sort((a, b) => a[measure].mean - b[measure].mean);
  const ranking = ranked.map((cell) => `${cellLabel(cell.cell)} ${loss(cell[measure])}`);
  return {
    paragraphs: [
      `Each cell learned from the same ${whole(train.sentences)} sentences (${whole(train.tokens)} tokens) in the same order, with the same optimizer and batches, for ${budgetInWords(settings)}, ${timesInWords(runs)}, ${ratesInWords(settings)}. ${sizes}`,
      `Validation loss after ${at}, on ${whole(valid.sentences)} other sentences, in nats per token, the lower the better: ${listed(ranking)}.`,
      ...verdict(ranked, Math.min(...counts)),
      ...(lost.length > 0 ? [`Not all runs count: ${listed(lost)}.`] : []),
      ...(typeof settings.learningRate === 'number' && ranked.length > 1
        ? ['All cells had one learning rate, which may suit one better than another: --tune finds each its own.']
        : []),
    ],
    tables: [
      {
        caption: 'The cells side by side',
        columns: [
          textColumn('cell'),
          numberColumn('hidden size'),
          numberColumn('parameters'),
          numberColumn('learning rate'),
          numberColumn('tokens/s'),
          numberColumn(`loss after ${atTime}`),
          numberColumn('behind the best'),
          numberColumn(`loss after ${atTokens}`),
          numberColumn('bits/character at the end'),
          numberColumn('steps clipped'),
        ],
        rows: summary.cells.map((cell) => [
          cellLabel(cell.cell),
          whole(cell.hiddenSize),
          whole(cell.parameters),
          rate(cell.learningRate),
          whole(cell.tokensPerSecond),
          loss(cell.lossAtEqualTime),
          cell.behindBest ? loss(cell.behindBest) : '',
          loss(cell.lossAtEqualTokens),
          loss(cell.bitsPerCharacter),
          withMargin(cell.clippedShare, percent),
        ]),
      },
    ],
  };
}

function inMinutes({ budget }: ComparisonSettings): boolean {
  return 'minutes' in budget;
}

/** What of the order is more than chance, as far as the seeds tell. */
function verdict([best, ...others]: readonly CellSummary[], runs: number): string[] {
  if (!best || others.length === 0) return [];
  if (runs < 2)
    return ['With one run of a cell, nothing tells how much of the differences is chance: --seeds makes more.'];
  const behind = others.filter(({ behindBest }) => behindBest && isAboveZero(behindBest));
  const undecided = others.filter((cell) => !behind.includes(cell));
  const distance = ({ cell, behindBest }: CellSummary): string =>
    `${cellLabel(cell)} by ${behindBest ? loss(behindBest) : '–'}`;
  const name = cellLabel(best.cell);
  return [
    [
      behind.length > 0 &&
        `Behind ${name}, the 95 % interval of the difference lying above 0: ${listed(behind.map(distance))}.`,
      undecided.length > 0 &&
        `These runs do not separate from ${name}: ${listed(undecided.map(({ cell }) => cellLabel(cell)))}.`,
    ]
      .filter(Boolean)
      .join(' '),
  ];
}

function isAboveZero({ mean, margin }: Spread): boolean {
  return margin !== undefined && mean - margin > 0;
}

function budgetInWords({ budget }: ComparisonSettings): string {
  if ('minutes' in budget) return `${duration(budget.minutes * 60)} of training`;
  return budget.epochs === 1 ? 'one epoch' : `${whole(budget.epochs)} epochs`;
}

function timesInWords(runs: number): string {
  if (runs === 1) return 'once';
  return `${runs === 2 ? 'twice' : `${runs} times`} from different seeds`;
}

function ratesInWords({ learningRate }: ComparisonSettings): string {
  return typeof learningRate === 'number'
    ? `all at the learning rate ${rate(learningRate)}`
    : 'each at a learning rate of its own';
}

function loss(measured: Spread): string {
  return withMargin(measured, (value) => decimal(value, 3));
}
