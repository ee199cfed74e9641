import type { Trial } from './Comparison.js';

/** A training that the search for a cell's learning rate asks for. */
export interface RateTrial {
  /** The highest of its schedule. */
  readonly learningRate: number;
  /** Which round of the search, from 0: each is longer than the one before, and has fewer rates. */
  readonly round: number;
}

/** What came of a training that the search asked for; infinite where it was not finite. */
export interface RateResult extends RateTrial {
  /** Nats per token on the validation text, at the end of the training. */
  readonly loss: number;
}

/** How long the rounds of a search are, as shares of a run, and how many rates go from the first into the second. */
export const SEARCH_ROUNDS = { shares: [1 / 4, 1 / 2], finalists: 2 } as const;

/** So far above and below the grid the search goes, as a factor of its ends: beyond, there is nothing to find. */
const REACH = 1000;

/**
 * The training that the search for a learning rate needs next; nothing when it is over. In two rounds, after successive halving
 * (Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", 2016): each rate of the grid is tried
 * for a short time, the best two for twice that, each time in a whole training with a schedule of its own, since a rate that
 * is best in the midst of a long schedule need not be best at its end. Where the best rate of a round is the lowest or the
 * highest of all, the grid grows beyond it, by the ratio of the two rates there.
 * @param grid rates to begin with, two at least, in rising order
 * @param results of the trainings so far, in any order
 */
export function nextRateTrial(grid: readonly number[], results: readonly RateResult[]): RateTrial | undefined {
  const [first, second] = [0, 1].map((round) => results.filter((result) => result.round === round)) as [
    RateResult[],
    RateResult[],
  ];
  const missing = (rates: readonly number[], among: readonly RateResult[]): number | undefined =>
    rates.find((rate) => !among.some(({ learningRate }) => learningRate === rate));

  const toTry = missing(grid, first) ?? beyond(first, first, grid);
  if (toTry !== undefined) return { learningRate: toTry, round: 0 };
  const candidates = ranked(first)
    .filter(({ loss }) => Number.isFinite(loss))
    .map(({ learningRate }) => learningRate);
  const finalists = candidates.slice(0, SEARCH_ROUNDS.finalists);
  const isProven = second.some(({ loss }) => Number.isFinite(loss));
  // Where the finalists became infinite with more time, the next best are tried.
  const toProve =
    missing(finalists, second) ?? (isProven ? beyond(second, results, grid) : missing(candidates, second));
  return toProve === undefined ? undefined : { learningRate: toProve, round: 1 };
}

/** The rate that a search found: the best of its longest trainings. Nothing where there is none that is finite. */
export function foundRate(results: readonly RateResult[]): number | undefined {
  const last = Math.max(...results.map(({ round }) => round));
  const [best] = ranked(results.filter(({ round }) => round === last));
  return best && Number.isFinite(best.loss) ? best.learningRate : undefined;
}

/** What the search for a cell's learning rate has come to, from the record. */
export function rateResults(trials: readonly Trial[], cell: string): RateResult[] {
  return trials
    .filter((trial) => trial.purpose === 'search' && trial.cell === cell)
    .map(({ learningRate, round = 0, validation }) => ({
      ...{ learningRate, round },
      loss: validation.at(-1)?.natsPerToken ?? Infinity,
    }));
}

function ranked(results: readonly RateResult[]): RateResult[] {
  return [...results].sort((a, b) => a.loss - b.loss || a.learningRate - b.learningRate);
}

/** The rate beyond the end of all that were tried, where the best of a round stands there. */
function beyond(
  round: readonly RateResult[],
  tried: readonly RateResult[],
  grid: readonly number[],
): number | undefined {
  const [best] = ranked(round);
  if (!best || !Number.isFinite(best.loss)) return undefined;
  const rates = [...new Set(tried.map(({ learningRate }) => learningRate))].sort((a, b) => a - b);
  const [lowest = NaN, second = NaN] = rates;
  const [highest = NaN, secondHighest = NaN] = [...rates].reverse();
  const higher = rounded((highest * highest) / secondHighest);
  const lower = rounded((lowest * lowest) / second);
  if (best.learningRate === highest && higher > highest && higher < Math.max(...grid) * REACH) return higher;
  if (best.learningRate === lowest && lower < lowest && lower > Math.min(...grid) / REACH) return lower;
  return undefined;
}

/** Two significant digits, as people write rates. */
function rounded(rate: number): number {
  return Number(rate.toPrecision(2));
}
