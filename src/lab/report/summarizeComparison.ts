import type { Comparison, ComparisonRun } from '../comparison/Comparison.js';
import { heightAt, quantile, type Spread, spread } from '../statistics.js';

/** A comparison in a few numbers. */
export interface ComparisonSummary {
  /** The time that every run reached, in seconds of training: losses at equal time are of this moment. */
  readonly seconds: number;
  /** The number of tokens that every run reached: losses at equal tokens are of this moment. */
  readonly tokens: number;
  /** In the order in which they ran. */
  readonly cells: readonly CellSummary[];
}

/** One cell, over its seeds. */
export interface CellSummary {
  /** Its name. */
  readonly cell: string;
  /** Size of the hidden state. */
  readonly hiddenSize: number;
  /** How many numbers were learned. */
  readonly parameters: number;
  /** The highest of the schedule. */
  readonly learningRate: number;
  /** Unmasked tokens by seconds of training, as measured before the runs: the median. */
  readonly tokensPerSecond: number;
  /** Validation loss at equal time, in nats per token. */
  readonly lossAtEqualTime: Spread;
  /** How much that is above the loss of the cell for which it is lowest, seed by seed; nothing for that cell. */
  readonly behindBest: Spread | undefined;
  /** Validation loss at equal tokens, in nats per token. */
  readonly lossAtEqualTokens: Spread;
  /** On the validation text, at the end of each run. */
  readonly bitsPerCharacter: Spread;
  /** The share of steps whose gradient was scaled down. */
  readonly clippedShare: Spread;
}

/**
 * Sums a comparison up, cell by cell in the order in which they ran, each of its runs having ended. The validation loss between two
 * measurements is read off the straight line between them.
 */
export function summarizeComparison({ runs, cells: described, settings }: Comparison): ComparisonSummary {
  const seconds = Math.min(...runs.map((run) => run.validation.at(-1)?.seconds ?? 0));
  const tokens = Math.min(...runs.map((run) => run.validation.at(-1)?.tokens ?? 0));
  const clipped = ({ steps }: ComparisonRun): number =>
    steps.gradientNorm.filter((norm) => norm > settings.clipNorm).length / steps.gradientNorm.length;
  const byCell = runsByCell(runs);
  // Runs of a given time end within a batch of each other: their last loss is that of equal time.
  const isTimed = 'minutes' in settings.budget;
  const lossAtEqualTime = (run: ComparisonRun): number =>
    isTimed ? (run.validation.at(-1)?.natsPerToken ?? NaN) : lossAt(run, 'seconds', seconds);
  const lossAtEqualTokens = (run: ComparisonRun): number => lossAt(run, 'tokens', tokens);
  // What cells are compared by: their time where that was given, else their tokens.
  const compared = isTimed ? lossAtEqualTime : lossAtEqualTokens;
  const means = byCell.map(([, ofCell]) => spread(ofCell.map(compared)).mean);
  const best = byCell[means.indexOf(Math.min(...means))]?.[1] ?? [];
  const cells = byCell.map(([cell, ofCell]) => {
    const over = (measure: (run: ComparisonRun) => number): Spread => spread(ofCell.map(measure));
    const { hiddenSize, parameters, tokensPerSecond } = described.find((one) => one.cell === cell) ?? UNKNOWN;
    return {
      cell,
      ...{ hiddenSize, parameters },
      learningRate: ofCell[0]?.learningRate ?? NaN,
      tokensPerSecond: quantile(tokensPerSecond, 0.5),
      lossAtEqualTime: over(lossAtEqualTime),
      behindBest: ofCell === best ? undefined : spread(differences(ofCell, best, compared)),
      lossAtEqualTokens: over(lossAtEqualTokens),
      bitsPerCharacter: over((run) => run.validation.at(-1)?.bitsPerCharacter ?? NaN),
      clippedShare: over(clipped),
    };
  });
  return { seconds, tokens, cells };
}

const UNKNOWN = { hiddenSize: NaN, parameters: NaN, tokensPerSecond: [] };

/** The runs of each cell, cells in the order in which they come first. */
export function runsByCell(runs: readonly ComparisonRun[]): [string, ComparisonRun[]][] {
  const byCell = new Map<string, ComparisonRun[]>();
  for (const run of runs) byCell.set(run.cell, [...(byCell.get(run.cell) ?? []), run]);
  return [...byCell];
}

function lossAt(run: ComparisonRun, by: 'seconds' | 'tokens', x: number): number {
  return (
    heightAt(
      run.validation.map((point) => [point[by], point.natsPerToken]),
      x,
    ) ?? NaN
  );
}

/** By how much runs exceed those of other runs that have the same seeds, and so the same order of sentences. */
function differences(
  runs: readonly ComparisonRun[],
  others: readonly ComparisonRun[],
  measure: (run: ComparisonRun) => number,
): number[] {
  return runs.flatMap((run) => {
    const other = others.find(({ seed }) => seed === run.seed);
    return other ? [measure(run) - measure(other)] : [];
  });
}
