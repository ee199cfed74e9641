import type { Comparison } from '../../comparison/Comparison.js';
import { foundRate, type RateResult, rateResults } from '../../comparison/searchRate.js';
import { decimal, listed, rate } from '../numbers.js';
import { cellLabel } from '../plots/frame.js';
import { MOST, ratePlot } from '../plots/ratePlot.js';
import { numberColumn, type Section, type Table, textColumn } from '../Report.js';

/** One cell's search. */
interface Search {
  readonly cell: string;
  readonly results: readonly RateResult[];
  readonly found: number;
}

/** How each cell got its learning rate; nothing where all had the same. */
export function searchSection(comparison: Comparison): Section[] {
  const searches = comparison.cells.flatMap(({ cell }): Search[] => {
    const results = rateResults(comparison.trials, cell);
    const found = results.length > 0 ? foundRate(results) : undefined;
    return found === undefined ? [] : [{ cell, results, found }];
  });
  if (searches.length === 0) return [];
  return [
    {
      heading: 'Learning rates',
      paragraphs: [
        `Each cell first got a learning rate of its own. Every rate was tried in a training of a quarter of a run (lines), the two best in one of half a run (dots), each with a whole schedule of its own and a seed that no run has. Where the lowest or the highest rate was the best, others were tried beyond it. Losses above ${MOST} times the lowest are in the table alone.`,
        ...differences(searches),
      ],
      tables: [roundTable(searches, 0), roundTable(searches, 1)].filter(({ rows }) => rows.length > 0),
      plots: [[ratePlot(comparison)]],
    },
  ];
}

/** What one rate for all would have made of the comparison. */
function differences(searches: readonly Search[]): string[] {
  if (searches.length < 2) return [];
  const byRate = [...searches].sort((a, b) => a.found - b.found);
  const [low, high] = [byRate[0], byRate.at(-1)] as [Search, Search];
  const range =
    low.found === high.found
      ? `All cells learned best at ${rate(low.found)}.`
      : `The best rates lie apart: ${listed(byRate.map(({ cell, found }) => `${rate(found)} for ${cellLabel(cell)}`))}.`;
  const shared = ratesOf(searches, 0).filter((learningRate) =>
    searches.every(({ results }) => lossAt(results, learningRate, 0) !== undefined),
  );
  const winners: { from: number; to: number; first: string; last: string }[] = [];
  for (const learningRate of shared) {
    const ranked = [...searches].sort(
      (a, b) => (lossAt(a.results, learningRate, 0) ?? 0) - (lossAt(b.results, learningRate, 0) ?? 0),
    );
    const [first, last] = [ranked[0]?.cell ?? '', ranked.at(-1)?.cell ?? ''];
    const before = winners.at(-1);
    if (before && before.first === first && before.last === last) before.to = learningRate;
    else winners.push({ from: learningRate, to: learningRate, first, last });
  }
  const sentences = winners.map(({ from, to, first, last }) => {
    const rates = from === to ? `at ${rate(from)}` : `from ${rate(from)} to ${rate(to)}`;
    return `${rates} ${cellLabel(first)} and ${cellLabel(last)}`;
  });
  if (winners.length === 0) return [range];
  return [
    range,
    `With one rate for all, best and worst after the first round would have been: ${sentences.join('; ')}.`,
  ];
}

function roundTable(searches: readonly Search[], round: number): Table {
  const rates = ratesOf(searches, round);
  return {
    caption: `Loss by learning rate, ${round === 0 ? 'first' : 'second'} round`,
    columns: [
      textColumn(round === 0 ? 'a quarter of a run' : 'half a run'),
      ...rates.map((learningRate) => numberColumn(rate(learningRate))),
      ...(round === 0 ? [] : [numberColumn('chosen')]),
    ],
    rows:
      rates.length === 0
        ? []
        : searches.map(({ cell, results, found }) => [
            cellLabel(cell),
            ...rates.map((learningRate) => {
              const loss = lossAt(results, learningRate, round);
              if (loss === undefined) return '';
              return Number.isFinite(loss) ? decimal(loss, 3) : 'infinite';
            }),
            ...(round === 0 ? [] : [rate(found)]),
          ]),
  };
}

function ratesOf(searches: readonly Search[], round: number): number[] {
  const rates = searches.flatMap(({ results }) =>
    results.filter((result) => result.round === round).map(({ learningRate }) => learningRate),
  );
  return [...new Set(rates)].sort((a, b) => a - b);
}

function lossAt(results: readonly RateResult[], learningRate: number, round: number): number | undefined {
  return results.find((result) => result.round === round && result.learningRate === learningRate)?.loss;
}
