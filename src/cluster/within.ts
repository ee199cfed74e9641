import { setTimeout } from 'node:timers/promises';

/** Waits for something, but no longer than so many milliseconds; it may fail. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const settled = work.then(
    () => {},
    () => {},
  );
  await Promise.race([settled, setTimeout(milliseconds, undefined, { signal: over.signal }).catch(() => {})]);
  over.abort();
}
