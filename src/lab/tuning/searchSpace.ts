import { checkNumber, InvalidArgumentError, invalid } from '../../errors.js';
import { random } from '../../random.js';

/** From what a setting is drawn: some values, each as likely, or all numbers of a range, evenly, or evenly by their logarithms. */
export type Range =
  | {
      /** The values. */
      readonly oneOf: readonly (number | boolean | string)[];
    }
  | {
      /** The least number. */
      readonly from: number;
      /** The greatest number. */
      readonly to: number;
      /** Whether by logarithms. Default `false`. */
      readonly logarithmic?: boolean | undefined;
    };

/** What is searched: settings by name. */
export type SearchSpace = Readonly<Record<string, Range>>;

/** What was drawn, by name. */
export type Settings = Readonly<Record<string, number | boolean | string>>;

/**
 * The settings of a number, each a function of the seed, its name and the number alone: a setting that joins a space changes no other. Numbers of a
 * range are rounded to three digits, as people write them.
 * @throws {InvalidArgumentError} when a range is none.
 */
export function drawSettings(space: SearchSpace, seed: number, number: number): Settings {
  checkNumber('number', number, { integer: true, min: 0 });
  if (typeof space !== 'object' || space === null) throw invalid('space', 'ranges by name', space);
  return Object.fromEntries(
    Object.entries(space).map(([name, range]) => [
      name,
      drawn(name, range, random(seed, `tune.${name}`).uniform(number)),
    ]),
  );
}

function drawn(name: string, range: Range, share: number): number | boolean | string {
  if (typeof range !== 'object' || range === null) throw invalid(`space.${name}`, '{ oneOf } or { from, to }', range);
  if ('oneOf' in range) {
    if (!Array.isArray(range.oneOf)) throw invalid(`space.${name}.oneOf`, 'values to choose from', range.oneOf);
    const value = range.oneOf[Math.floor(share * range.oneOf.length)];
    if (value === undefined) throw invalid(`space.${name}.oneOf`, 'values to choose from', range.oneOf);
    return value;
  }
  const { from, to, logarithmic = false } = range;
  checkNumber(`space.${name}.from`, from, logarithmic ? { above: 0 } : {});
  checkNumber(`space.${name}.to`, to, {});
  if (to < from)
    throw new InvalidArgumentError(
      `Expected space.${name} to be from a number to one that is no less, got ${from} to ${to}`,
      {
        options: ['space'],
      },
    );
  const value = logarithmic ? from * (to / from) ** share : from + (to - from) * share;
  return Number(value.toPrecision(3));
}
