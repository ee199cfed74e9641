import { setTimeout } from 'node:timers/promises';
import { ClusterError } from '../errors.js';

/** Codes of JetStream of what asks for patience: no leader, a server that catches up, no room, JetStream that is being started. */
const PASSING: ReadonlySet<number> = new Set([
  ...[10004, 10005, 10006, 10007, 10008, 10009, 10023, 10039, 10041, 10047, 10074, 10076, 10077, 10104, 10118, 10158],
]);

/** Errors of NATS that another try may not meet. */
const TEMPORARY: ReadonlySet<string> = new Set([
  ...['TimeoutError', 'NoResponders', 'RequestError', 'ConnectionError', 'JetStreamNotEnabled', 'JetStreamError'],
]);

/** Options of `persist`. */
export interface Patience {
  /** How many milliseconds a server may be away, or unable. */
  readonly patience: number;
  /** Gives up at once. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does something that fails while a server is away, until it succeeds. It must be harmless to do it twice: an answer that was lost is an
 * error.
 * @throws {ClusterError} when that takes too long; what else it fails with as it is.
 */
export async function persist<T>(what: string, action: () => Promise<T>, { patience, signal }: Patience): Promise<T> {
  const end = performance.now() + patience;
  for (let wait = 50; ; wait = Math.min(2 * wait, 2000)) {
    try {
      return await action();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error)) throw error;
      if (performance.now() >= end)
        throw new ClusterError(
          `Expected a server that can ${what}, got none for ${Math.round(patience / 1000)} s: ${reasonOf(error)}`,
          { cause: error },
        );
      await setTimeout(wait, undefined, signal ? { signal } : {});
    }
  }
}

/** Whether it is an error that another try may not meet. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, status } = error as { code?: unknown; status?: unknown };
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET' || code === 'ETIMEDOUT' || code === 'EPIPE') return true;
  // What a question for the next piece is answered with where a leader is gone, changes, or is shut down.
  if (error.name === 'JetStreamStatusError')
    return code === 503 || code === 408 || (code === 409 && !/delet/i.test(error.message));
  // On a full disk, no stream can be made; its code says no more than that it failed.
  if (typeof code === 'number' && typeof status === 'number')
    return PASSING.has(code) || status === 503 || /^error creating store/.test(error.message);
  return TEMPORARY.has(error.name);
}

/** Whether a message was refused as it was not the first of its subject, or not the one that follows. */
export function isConflict(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 10071 || code === 10164;
}

/** What JetStream says where there is no such message, stream or consumer. */
export function isMissing(error: unknown): boolean {
  const { code, status } = error as { code?: unknown; status?: unknown };
  return code === 10037 || code === 10059 || code === 10014 || status === 404;
}

/** What an error of NATS says, in words, without what it was called with. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
