import { isDeepStrictEqual } from 'node:util';
import { checkFunction, checkNumber, InvalidArgumentError, invalid } from '../../errors.js';
import type { Settings } from './searchSpace.js';

/** A training of a search. */
export interface SearchTrial {
  /** Of its settings. */
  readonly number: number;
  /** 0: one of the shortest. */
  readonly rung: number;
  /** How long it trained. */
  readonly minutes: number;
  /** What was drawn for its number. */
  readonly settings: Settings;
  /** What it reached; `null` where that is no number, as when it came apart. */
  readonly loss: number | null;
}

/** Options of `successiveHalving`. */
export interface HalvingOptions {
  /** How long all trainings take together, at most. */
  readonly hours: number;
  /** How long the longest of them are. Default 3. */
  readonly minutes?: number | undefined;
  /** How many times as long a rung's trainings are as those of the rung before; one in so many goes on to it. Default 3. */
  readonly factor?: number | undefined;
  /** How many rungs there are. Default 3. */
  readonly rungs?: number | undefined;
  /** The settings of a number from 0 on; the same, whenever it is asked. */
  readonly settingsOf: (number: number) => Settings;
  /** Trains from the beginning for so many minutes, and gives the loss on validation text. */
  readonly train: (settings: Settings, minutes: number) => Promise<number>;
  /** Trials that were made before, of the same search or one of fewer hours: they are not made again. Default: none. */
  readonly known?: readonly SearchTrial[] | undefined;
}

/** So many trainings are more than anybody waits for. */
const MOST_TRIALS = 10_000;

/**
 * How many trainings each rung has, and how long each of them is.
 * @throws {InvalidArgumentError} when an option cannot be used, or the hours do not suffice for a trial of each rung.
 */
export function rungsOf({
  hours,
  minutes: longest = 3,
  factor = 3,
  rungs: count = 3,
}: Pick<HalvingOptions, 'hours' | 'minutes' | 'factor' | 'rungs'>): { trials: number; minutes: number }[] {
  checkNumber('hours', hours, { above: 0 });
  checkNumber('minutes', longest, { above: 0 });
  checkNumber('factor', factor, { above: 1, max: 100 });
  checkNumber('rungs', count, { integer: true, min: 1, max: 10 });
  const planOf = (first: number) =>
    Array.from({ length: count }, (_, rung) => ({
      trials: Math.max(1, Math.floor(first / factor ** rung)),
      minutes: longest / factor ** (count - 1 - rung),
    }));
  const fits = (first: number): boolean =>
    planOf(first).reduce((sum, { trials, minutes }) => sum + trials * minutes, 0) <= hours * 60 * (1 + 1e-9);
  if (!fits(1))
    throw new InvalidArgumentError(
      `Expected hours for a trial of each rung at least, ${planOf(1).reduce((sum, { minutes }) => sum + minutes, 0)} minutes, got ${hours}`,
      { options: ['hours', 'minutes'] },
    );
  let first = 1;
  while (first < MOST_TRIALS && fits(first + 1)) first++;
  return planOf(first);
}

/**
 * Looks for good settings by successive halving (Jamieson and Talwalkar, “Non-stochastic best arm identification and hyperparameter
 * optimization”, 2016): many short trainings, then longer ones of the best of them, and so on. Each begins anew, as learning rates fall to
 * the end of a training. Gives each trial as it is known; the best of the last rung is what was looked for.
 *
 * @throws {InvalidArgumentError} when an option cannot be used, the hours do not suffice for a trial of each rung, or a trial that is known had
 *   other settings.
 */
export async function* successiveHalving(options: HalvingOptions): AsyncGenerator<SearchTrial> {
  const { settingsOf, train, known = [] } = options;
  checkFunction('settingsOf', settingsOf);
  checkFunction('train', train);
  if (!Array.isArray(known) || !known.every((one) => typeof one === 'object' && one !== null))
    throw invalid('known', 'trials that were made before', known);
  const rungs = rungsOf(options);
  let numbers = Array.from({ length: rungs[0]?.trials ?? 0 }, (_, number) => number);
  for (const [rung, { trials, minutes }] of rungs.entries()) {
    const made: SearchTrial[] = [];
    for (const number of numbers.slice(0, trials)) {
      const settings = settingsOf(number);
      const before = known.find((one) => one.number === number && one.rung === rung && one.minutes === minutes);
      if (before && !isDeepStrictEqual(before.settings, settings))
        throw new InvalidArgumentError(
          `Expected trial ${number} to have been made with ${JSON.stringify(settings)}, got ${JSON.stringify(before.settings)}`,
          { options: ['known'] },
        );
      const trial = before ?? { number, rung, minutes, settings, loss: finite(await train(settings, minutes)) };
      made.push(trial);
      yield trial;
    }
    numbers = made.sort((a, b) => lossOf(a) - lossOf(b) || a.number - b.number).map(({ number }) => number);
  }
}

/** The best trial of the longest that were made; `undefined` where there is none. */
export function bestTrial(trials: readonly SearchTrial[]): SearchTrial | undefined {
  const longest = trials.reduce((most, { minutes }) => Math.max(most, minutes), 0);
  return trials
    .filter(({ minutes }) => minutes === longest)
    .reduce<SearchTrial | undefined>((best, one) => (best && lossOf(best) <= lossOf(one) ? best : one), undefined);
}

function lossOf({ loss }: SearchTrial): number {
  return loss ?? Infinity;
}

function finite(loss: number): number | null {
  return Number.isFinite(loss) ? loss : null;
}
