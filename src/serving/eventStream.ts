import { ApiError } from './ApiError.js';
import type { Completion } from './Completion.js';

/** No screen shows more: tokens that come within so many milliseconds are sent together, but for the first, which is sent at once. */
const SHORTEST = 16;

/** Nobody reads faster than that. */
const LONGEST = 100;

/** How a stream is watched. */
export interface StreamOptions {
  /**
   * How many sentences are under way. To send a part costs about as much as a token of a small model: for each of them, tokens are gathered a
   * millisecond longer.
   */
  readonly running: () => number;
  /** How long, in milliseconds, the reader may let a part wait. */
  readonly idle: number;
  /** Told when the reader leaves. */
  readonly onLeft: () => void;
  /** Told when it is over, with what went wrong in its midst; a reader that lets a part wait for too long, say. */
  readonly onEnd: (error?: unknown) => void;
  /** What the client gets of an error. */
  readonly errorOf: (error: unknown) => ApiError;
}

/** A completion as server-sent events: parts of it as JSON, `[DONE]` last; an error in its midst is the last one. */
export function eventStream(completion: Completion, options: StreamOptions): ReadableStream<Uint8Array> {
  const events = eventsOf(completion, options);
  const encoder = new TextEncoder();
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const expectPull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    waiting = setTimeout(() => {
      const error = new ApiError(408, 'The answer was not read in time', { code: 'timeout' });
      options.onEnd(error);
      controller.error(error);
    }, options.idle);
  };
  // A client that has left reads no more, and need not be waited for.
  completion.done().catch(() => clearTimeout(waiting));
  return new ReadableStream<Uint8Array>(
    {
      start: expectPull,
      async pull(controller) {
        clearTimeout(waiting);
        const { done, value } = await events.next();
        if (done) return controller.close();
        controller.enqueue(encoder.encode(value));
        if (!completion.failed) expectPull(controller);
      },
      cancel() {
        clearTimeout(waiting);
        options.onLeft();
      },
    },
    // Nothing is made ready ahead of the reader.
    { highWaterMark: 0 },
  );
}

async function* eventsOf(
  completion: Completion,
  { running, onEnd, errorOf }: StreamOptions,
): AsyncGenerator<string, undefined> {
  let last = -Infinity;
  try {
    while (!completion.over) {
      await completion.news();
      const early = last + Math.min(LONGEST, Math.max(SHORTEST, running())) - performance.now();
      if (early > 0 && !completion.over) await after(early);
      const part = completion.part();
      if (!part) continue;
      last = performance.now();
      yield event(part);
    }
    await completion.done();
    const rest = [completion.part(), completion.usagePart()].filter((part) => part !== undefined);
    onEnd();
    yield [...rest.map(event), 'data: [DONE]\n\n'].join('');
  } catch (error) {
    onEnd(error);
    yield event(errorOf(error).body);
  }
  return undefined;
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function event(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
