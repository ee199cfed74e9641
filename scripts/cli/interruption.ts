import { constants } from 'node:os';
import { Subject } from 'rxjs';

/** What a shell reports of a process that a signal ended. */
const exitCodeOf = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

/**
 * The first Ctrl-C (or SIGTERM), as an observable of the exit code that it asks for; a second one ends the process at once.
 * The listeners stay until `release()`: were none left, others who listen for signals, such as whoever restores the cursor,
 * would end the process.
 */
export function interruption() {
  const interrupted = new Subject<number>();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (interrupted.closed) process.exit(exitCodeOf(signal));
    interrupted.next(exitCodeOf(signal));
    interrupted.unsubscribe();
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const release = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  return { interrupted: interrupted.asObservable(), release };
}
