/** `npm run test:slow` sets it: sweeps are whole there, and samples in `npm test`. */
const WHOLE = process.env['BABBLEBROOK_TESTS_SWEEPS'] === 'whole';

/** All cases of a sweep, or, in `npm test`, those that are enough to see that something broke. */
export function sweep<T>(all: readonly T[], isInSample: (one: T, index: number) => boolean): readonly T[] {
  return WHOLE ? all : all.filter(isInSample);
}

/** A sample of cases that are sorted by what they vary in: of the variants of a model, four that differ in everything. */
export function everyFifth(_: unknown, index: number): boolean {
  return index % 5 === 0;
}

/** A number that says how much a sweep tries: random cases, or the step from one to the next; another one in `npm test`. */
export function sweepOf(all: number, sample: number): number {
  return WHOLE ? all : sample;
}
