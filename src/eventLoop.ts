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

/** Lets the event loop turn: timers, signals, files and messages that are there already have their turn before it resolves. */
export async function turn(): Promise<void> {
  await new Promise<void>(afterEvents);
  lastTurn = performance.now();
}

/** Browsers have no `setImmediate`, and let timers that follow each other wait for 4 ms. */
function afterEvents(go: () => void): void {
  if (typeof setImmediate === 'function') {
    setImmediate(go);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  const heard = (): void => {
    port1.close();
    go();
  };
  Object.assign(port1, { onmessage: heard });
  port2.postMessage(undefined);
}
