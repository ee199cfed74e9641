import type { Comparison, ComparisonRun } from '../comparison/Comparison.js';
import { heightAt, type Spread, spread } from '../statistics.js';

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
  /** Unmasked tokens by seconds of training. */
  readonly tokensPerSecond: Spread;
  /** Validation loss at equal time, in nats per token. */
  readonly lossAtEqualTime: Spread;
  /** Validation loss at equal tokens, in nats per token. */
  readonly lossAtEqualTokens: Spread;
  /** On the validation text, at the end of each run. */
  readonly bitsPerCharacter: Spread;
  /** The share of steps whose gradient was scaled down. */
  readonly clippedShare: Spread;
}

/**
 * Sums a comparison up, cell by cell in the order in which they ran. The validation loss between two measurements is read
 * off the straight line between them.
 */
export function summarizeComparison({ runs, cells: compared, settings }: Comparison): ComparisonSummary {
  const seconds = Math.min(...runs.map((run) => run.validation.at(-1)?.seconds ?? 0));
  const tokens = Math.min(...runs.map((run) => run.validation.at(-1)?.tokens ?? 0));
  const lossAt = (run: ComparisonRun, by: 'seconds' | 'tokens', x: number): number =>
    heightAt(
      run.validation.map((point) => [point[by], point.natsPerToken]),
      x,
    ) ?? NaN;
  const clipped = ({ steps }: ComparisonRun): number =>
    steps.gradientNorm.filter((norm) => norm > settings.clipNorm).length / steps.gradientNorm.length;
  const cells = runsByCell(runs).map(([cell, ofCell]) => {
    const over = (measure: (run: ComparisonRun) => number): Spread => spread(ofCell.map(measure));
    return {
      cell,
      hiddenSize: compared.find((one) => one.cell === cell)?.hiddenSize ?? NaN,
      parameters: compared.find((one) => one.cell === cell)?.parameters ?? NaN,
      tokensPerSecond: over((run) => (run.validation.at(-1)?.tokens ?? NaN) / (run.validation.at(-1)?.seconds ?? NaN)),
      lossAtEqualTime: over((run) => lossAt(run, 'seconds', seconds)),
      lossAtEqualTokens: over((run) => lossAt(run, 'tokens', tokens)),
      bitsPerCharacter: over((run) => run.validation.at(-1)?.bitsPerCharacter ?? NaN),
      clippedShare: over(clipped),
    };
  });
  return { seconds, tokens, cells };
}

/** The runs of each cell, cells in the order in which they come first. */
export function runsByCell(runs: readonly ComparisonRun[]): [string, ComparisonRun[]][] {
  const byCell = new Map<string, ComparisonRun[]>();
  for (const run of runs) byCell.set(run.cell, [...(byCell.get(run.cell) ?? []), run]);
  return [...byCell];
}
