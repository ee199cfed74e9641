import { setImmediate } from 'node:timers/promises';

/** Work may hold the event loop for this long, in milliseconds, before timers, signals and files get their turn. */
const MAX_HOLD = 8;

/**
 * Makes a function to await between two pieces of work: it lets the event loop turn when the last turn is more than
 * 8 ms ago, and costs almost nothing otherwise. Loops of promises alone would starve timers and signals.
 */
export function eventLoopTurns(): () => Promise<void> | undefined {
  let last = performance.now();
  const turn = async (): Promise<void> => {
    await setImmediate();
    last = performance.now();
  };
  return () => (performance.now() - last > MAX_HOLD ? turn() : undefined);
}
