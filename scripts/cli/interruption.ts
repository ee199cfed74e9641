import { constants } from 'node:os';

/** What a shell reports of a process that a signal ended. */
const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Aborts `stop` at the first Ctrl-C (or SIGTERM), the reason being the exit code that it asks for; a second one ends the process at
 * once. The listeners stay until `release()`: were none left, others who listen for signals, such as whoever restores the cursor,
 * would end the process.
 *
 * @param signal stops instead, the reason being the exit code; signals of the process are left to others then
 */
export function interruption(signal?: AbortSignal): { readonly stop: AbortSignal; readonly release: () => void } {
  if (signal) return { stop: signal, release: () => {} };
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(exitCodeOf(signal));
    controller.abort(exitCodeOf(signal));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const release = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  return { stop: controller.signal, release };
}
