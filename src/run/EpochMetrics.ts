import { existsSync, readFileSync } from 'node:fs';
import { describe, FileFormatError } from '../errors.js';
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
  /** Mean loss over these tokens, each batch measured before the model learned from it; not a number, and `null` in the file, where there are none. */
  readonly trainNatsPerToken: number;
  /** Loss on the validation text. */
  readonly validNatsPerToken: number;
  /** The same in bits, by character. */
  readonly validBitsPerCharacter: number;
  /** Unmasked tokens since the evaluation before, by seconds of training. */
  readonly tokensPerSecond: number;
  /** The share of places in batches that held padding, since the evaluation before. */
  readonly padding: number;
  /** Of the best model, with `fitTemperature`: the softmax temperature that suits the validation text, by which the saved one's logits are divided. */
  readonly temperature?: number | undefined;
  /** And its loss on the validation text as it is saved since then. */
  readonly fittedNatsPerToken?: number | undefined;
  /** The same in bits, by character. */
  readonly fittedBitsPerCharacter?: number | undefined;
  /** Of a training in rounds: which member wrote this. */
  readonly member?: string | undefined;
  /** Of a training in rounds: the round whose weights were measured. */
  readonly round?: number | undefined;
  /** Of a training in rounds: the piece that the member learned from last. */
  readonly piece?: string | undefined;
}

/** What a run goes on by: its best model and its patience. */
const NEEDED = ['epoch', 'seconds', 'validNatsPerToken'] as const;

/**
 * Reads the first `count` lines of metrics; all of them, where no number is given.
 * @throws {FileFormatError} when there are fewer, or one lacks a number that a run goes on by.
 */
export function readMetrics(file: string, count?: number): EpochMetrics[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(0, count) : [];
  const metrics = lines
    .filter((line) => line !== '')
    .map((line) => parseJsonObject(Buffer.from(line), file) as unknown as EpochMetrics);
  if (count !== undefined && metrics.length < count)
    throw new FileFormatError(
      `Expected ${file} to have the ${count} lines that the run's checkpoint counts, got ${metrics.length}`,
    );
  for (const [index, line] of metrics.entries())
    for (const name of NEEDED)
      if (typeof line[name] !== 'number')
        throw new FileFormatError(
          `Expected ${name} in line ${index + 1} of ${file} to be a number, got ${describe(line[name])}`,
        );
  return metrics;
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

/** What was noted of the best model, the first of the lowest loss; `undefined` where nothing was measured. */
export function bestMetrics(metrics: readonly EpochMetrics[]): EpochMetrics | undefined {
  const lowest = lowestLoss(metrics);
  return metrics.find(({ validNatsPerToken }) => validNatsPerToken === lowest);
}

/** The best of the evaluations so far. */
export interface BestLoss {
  /** Its loss on the validation text, the lowest; infinite where nothing was measured. */
  readonly natsPerToken: number;
  /** How many evaluations came after the first one of this loss. */
  readonly evaluationsSince: number;
}

/** The best of evaluations, in order. */
export function bestOf(metrics: readonly EpochMetrics[]): BestLoss {
  const none: BestLoss = { natsPerToken: Infinity, evaluationsSince: 0 };
  return metrics.reduce((best, { validNatsPerToken }) => bestAfter(best, validNatsPerToken), none);
}

/** The best after one more evaluation, of this loss. */
export function bestAfter({ natsPerToken, evaluationsSince }: BestLoss, loss: number): BestLoss {
  return loss < natsPerToken
    ? { natsPerToken: loss, evaluationsSince: 0 }
    : { natsPerToken, evaluationsSince: evaluationsSince + 1 };
}
