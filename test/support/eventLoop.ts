import { setImmediate } from 'node:timers/promises';

/** Holds the event loop for some milliseconds. */
export function hold(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Lets the event loop turn a few times, so that whatever has nothing to wait for is done. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}
