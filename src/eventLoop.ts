import { setImmediate } from 'node:timers/promises';

/** Work may hold the event loop for this long, in milliseconds, before timers, signals and files get their turn. */
const MAX_HOLD = 8;

/** When the event loop last turned for any of us: of many short loops, none would ever see its own 8 ms pass. */
let lastTurn = performance.now();

/**
 * Makes a function to await between two pieces of work: it lets the event loop turn when the last turn is more than
 * 8 ms ago, and costs almost nothing otherwise. Loops of promises alone would starve timers and signals.
 */
export function eventLoopTurns(): () => Promise<void> | undefined {
  return () => (performance.now() - lastTurn > MAX_HOLD ? turn() : undefined);
}

async function turn(): Promise<void> {
  await setImmediate();
  lastTurn = performance.now();
}
