import { eventLoopTurns } from '../../../eventLoop.js';

/** Awaited between two pieces of work: lets the event loop turn from time to time, and throws when work is to stop. */
export type Pause = () => Promise<void> | undefined;

/** Pauses that throw the signal's reason once it is aborted. */
export function pauses(signal?: AbortSignal): Pause {
  const turn = eventLoopTurns();
  return () => {
    signal?.throwIfAborted();
    return turn()?.then(() => signal?.throwIfAborted());
  };
}
