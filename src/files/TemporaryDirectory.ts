import { lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileWriteError } from '../errors.js';
import { isAlive, MARK, processMark } from './processMark.js';

/** `babblebrook-PID-BEGAN-SPACE-XXXXXX`; SPACE tells where this number of a process counts. */
const NAME = new RegExp(`^babblebrook-(${MARK})-(\\d*)-[A-Za-z0-9]{6}$`);

const live = new Set<TemporaryDirectory>();
/** Places for temporary files where those of the dead were removed. */
const swept = new Set<string>();

/**
 * A new directory among the system's temporary files, until `remove()`, or the end of the process. What a signal or a crash
 * made a process leave there is removed when a later one of the same user makes its first.
 */
export class TemporaryDirectory {
  readonly path: string;

  /** @throws {FileWriteError} when it cannot be made. */
  constructor() {
    const place = tmpdir();
    sweep(place);
    try {
      this.path = mkdtempSync(join(place, `babblebrook-${processMark()}-${processSpace()}-`));
    } catch (error) {
      throw new FileWriteError(
        `Expected to make a directory for temporary files in ${place} (TMPDIR), but ${(error as Error).message}`,
        { cause: error },
      );
    }
    if (live.size === 0) process.on('exit', removeAll);
    live.add(this);
  }

  /** Removes it, with what it holds. May be called again. */
  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
    live.delete(this);
    if (live.size === 0) process.off('exit', removeAll);
  }
}

function removeAll(): void {
  for (const directory of live) directory.remove();
}

/** Removes the directories of processes that are gone; where that is impossible, they stay. */
function sweep(place: string): void {
  if (swept.has(place)) return;
  swept.add(place);
  try {
    for (const name of readdirSync(place)) {
      const [, mark, space] = NAME.exec(name) ?? [];
      if (mark !== undefined && space === processSpace() && !isAlive(mark)) removeOwn(join(place, name));
    }
  } catch {
    // Whether the place can be used is for its user to say.
  }
}

function removeOwn(path: string): void {
  try {
    const found = lstatSync(path);
    if (found.isDirectory() && found.uid === process.getuid?.()) rmSync(path, { recursive: true, force: true });
  } catch {
    // Somebody else removed it meanwhile, or it may not be removed.
  }
}

/** The namespace of process numbers, on Linux: containers may share a place for temporary files, but not their processes. */
function processSpace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
  } catch {
    return '';
  }
}
