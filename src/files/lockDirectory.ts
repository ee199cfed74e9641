import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkDirectoryPath, DirectoryInUseError, FileWriteError } from '../errors.js';
import { makeDirectory } from './makeDirectory.js';
import { isAlive, MARK, pidOf, processMark } from './processMark.js';

/** `in-use-PID-BEGAN-ID`: the mark of the process, and which of its locks. */
const NAME = new RegExp(`^in-use-(${MARK})-[0-9a-f-]+$`);
const ATTEMPTS = 10;
/** In milliseconds. */
const LONGEST_PAUSE = 30;

/**
 * Locks a directory until the returned function is called; the directory is made where there is none. A lock is a file that a process
 * makes before it looks for the locks of others, so of two that come at once, at least one sees the other's. Locks that a dead
 * process of this machine has left are removed.
 * @throws {InvalidArgumentError} when it is not the name of one.
 * @throws {DirectoryInUseError} when it is taken.
 * @throws {FileWriteError} when it cannot be written to.
 */
export function lockDirectory(dir: string): () => void {
  checkDirectoryPath('dir', dir);
  const name = `in-use-${processMark()}-${randomUUID()}`;
  const unlock = (): void => rmSync(join(dir, name), { force: true });
  try {
    makeDirectory(dir);
    for (let attempt = 1; ; attempt++) {
      writeFileSync(join(dir, name), '', { flag: 'wx' });
      const other = liveLocks(dir).find((one) => one !== name);
      if (other === undefined) return unlock;
      unlock();
      if (attempt === ATTEMPTS)
        throw new DirectoryInUseError(
          `Expected ${dir} to be free, got one that process ${pidOf(markOf(other))} is using: it holds ${other}`,
        );
      // Two that came at once have both drawn back: they come again at different times.
      pause(Math.random() * LONGEST_PAUSE);
    }
  } catch (error) {
    if (error instanceof DirectoryInUseError) throw error;
    unlockQuietly(unlock);
    throw new FileWriteError(`Expected to write into ${dir}, but ${(error as Error).message}`, { cause: error });
  }
}

/** What made the lock fail may make this fail too. */
function unlockQuietly(unlock: () => void): void {
  try {
    unlock();
  } catch {}
}

/** The locks of processes that are alive; others are removed. */
function liveLocks(dir: string): string[] {
  const [live, stale] = [[] as string[], [] as string[]];
  for (const name of readdirSync(dir)) if (NAME.test(name)) (isAlive(markOf(name)) ? live : stale).push(name);
  for (const name of stale) rmSync(join(dir, name), { force: true });
  return live;
}

function markOf(name: string): string {
  return NAME.exec(name)?.[1] ?? '';
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
