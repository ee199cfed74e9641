/** `npm run test:slow` sets it: sweeps are whole there, and samples in `npm test`. */
const WHOLE = process.env['BABBLEBROOK_TESTS_SWEEPS'] === 'whole';

/** All cases of a sweep, or, in `npm test`, those that are enough to see that something broke. */
export function sweep<T>(all: readonly T[], isInSample: (one: T, index: number) => boolean): readonly T[] {
  return WHOLE ? all : all.filter(isInSample);
}

/** How many random cases to try: so many of a sweep, fewer in `npm test`. */
export function sweepOf(all: number, sample: number): number {
  return WHOLE ? all : sample;
}
