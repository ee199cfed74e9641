import { closeSync, constants, fstatSync, ftruncateSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { FileWriteError } from '../../errors.js';
import { makeDirectory } from '../../files/makeDirectory.js';
import { type EventContent, encodeEvent } from './encodeEvent.js';
import { encodeRecord } from './encodeRecord.js';

/** An event, and when. */
export type LoggedEvent = EventContent & { readonly step: number };

/**
 * An event file of TensorBoard's, which grows: it is made with the first events. Each time events are added, the file is
 * opened, they are written at once, and it is closed: what is logged survives whatever happens to the process, a directory
 * that is gone is noticed, and nothing is left open. (It takes some 50 µs: little beside a training step.)
 */
export class EventFile {
  readonly #directory: string;
  #path: string | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Adds events, all or none.
   * @throws {FileWriteError} when the file cannot be made or written.
   */
  add(events: readonly LoggedEvent[]): void {
    try {
      this.#path ??= create(this.#directory);
      append(this.#path, events);
    } catch (error) {
      throw new FileWriteError(`Expected to log to ${this.#path ?? this.#directory}, got ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}

const NAME = /^events\.out\.tfevents\.(\d{1,10})\./;

/** Makes a new event file. TensorBoard reads a directory's files by name, so this one's comes after all others'. */
function create(directory: string): string {
  makeDirectory(directory);
  const times = readdirSync(directory).map((name) => Number(NAME.exec(name)?.[1] ?? 0));
  const time = Math.max(Math.floor(Date.now() / 1000), ...times.map((time) => time + 1));
  const path = join(directory, `events.out.tfevents.${String(time).padStart(10, '0')}.${hostname()}.${process.pid}`);
  closeSync(openSync(path, 'ax'));
  append(path, [{ type: 'version', step: 0 }]);
  return path;
}

function append(path: string, events: readonly LoggedEvent[]): void {
  const wallTime = Date.now() / 1000;
  const records = events.map((event) => encodeRecord(encodeEvent(event, event.step, wallTime)));
  // Never makes the file again: one that was removed would lack what was logged before.
  const file = openSync(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    const { size } = fstatSync(file);
    try {
      writeFileSync(file, Buffer.concat(records));
    } catch (error) {
      // Half a record would hide whatever comes after it.
      ftruncateSync(file, size);
      throw error;
    }
  } finally {
    closeSync(file);
  }
}
