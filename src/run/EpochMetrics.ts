import { existsSync, readFileSync } from 'node:fs';
import { writeWhole } from '../files/writeWhole.js';
import { parseJsonObject } from '../model/parseJsonObject.js';

/** One line of `metrics.jsonl`: what was measured at an evaluation, and of the steps since the one before. */
export interface EpochMetrics {
  /** Which epoch, from 1. */
  readonly epoch: number;
  /** Steps of training since it began; runs of before this was noted have none. */
  readonly steps?: number | undefined;
  /** Seconds of training since it began; evaluations do not count. */
  readonly seconds: number;
  /** Unmasked tokens since the evaluation before. */
  readonly tokens: number;
  /** Mean loss over these tokens, each batch measured before the model learned from it. */
  readonly trainNatsPerToken: number;
  /** Loss on the validation text. */
  readonly validNatsPerToken: number;
  /** The same in bits, by character. */
  readonly validBitsPerCharacter: number;
  /** Unmasked tokens since the evaluation before, by seconds of training. */
  readonly tokensPerSecond: number;
  /** The share of places in batches that held padding, since the evaluation before. */
  readonly padding: number;
}

/**
 * Reads the first `count` lines of metrics; none where there is no file.
 * @throws {FileFormatError} when they are anything else.
 */
export function readMetrics(file: string, count: number): EpochMetrics[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(0, count) : [];
  return lines
    .filter((line) => line !== '')
    .map((line) => parseJsonObject(Buffer.from(line), file) as unknown as EpochMetrics);
}

/**
 * Writes metrics, a line each.
 * @throws {FileWriteError} when that fails; the file is the old one, then.
 */
export function writeMetrics(file: string, metrics: readonly EpochMetrics[]): void {
  writeWhole(file, metrics.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** The lowest loss on the validation text, that of the best model; infinite where nothing was measured. */
export function lowestLoss(metrics: readonly EpochMetrics[]): number {
  return Math.min(Infinity, ...metrics.map(({ validNatsPerToken }) => validNatsPerToken));
}

/** How many evaluations came after the first one of the lowest loss. */
export function evaluationsSinceBest(metrics: readonly EpochMetrics[]): number {
  const lowest = lowestLoss(metrics);
  const best = metrics.findIndex(({ validNatsPerToken }) => validNatsPerToken === lowest);
  return best < 0 ? 0 : metrics.length - 1 - best;
}
