import type { Writable } from 'node:stream';
import { createLogUpdate } from 'log-update';

/** Shows text that takes the place of what it showed before, where the stream is a terminal. */
export function liveLine(stream: Writable): ReturnType<typeof createLogUpdate> | undefined {
  return 'isTTY' in stream && stream.isTTY ? createLogUpdate(stream as NodeJS.WriteStream) : undefined;
}
