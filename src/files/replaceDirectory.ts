import fs from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { describe, FileWriteError, InvalidArgumentError } from '../errors.js';
import { isLeftover, processMark } from './processMark.js';

/** Files by their names. */
export type Files = ReadonlyMap<string, Uint8Array | string>;

/** What a directory is called while another takes its place. */
const REPLACED = '.replaced';
/** What a directory is called while a process writes it: this, and the process's mark. */
const WRITING = '.saving-';

const underWay = new Map<string, Promise<void>>();

/**
 * Writes files as one directory, whole or not at all. They are written and flushed as `PATH.saving-PROCESS`. Where there is a
 * PATH already, it becomes `PATH.replaced`; the new one becomes PATH, the name is flushed, and only then `PATH.replaced`
 * is removed. (No file system changes two names at once.) At every moment one of the two is there, whole, and
 * `readReplaced` finds it, also after a crash; where a step fails, the old one gets its name back. Of one path,
 * saves of one process wait for each other.
 * @param owned The names that a directory may have in it to be replaced: none is deleted that this did not write.
 * @throws {InvalidArgumentError} when the path is a directory that holds anything else.
 * @throws {FileWriteError} when a step fails; the old one is there, or, where the last flush failed, the new one.
 */
export async function replaceDirectory(path: string, files: Files, owned: readonly string[]): Promise<void> {
  const place = resolve(path);
  const before = underWay.get(place) ?? Promise.resolve();
  const mine = before.then(async () => write(await realPath(place), files, owned));
  const settled = mine.catch(() => undefined);
  underWay.set(place, settled);
  try {
    await mine;
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error;
    throw new FileWriteError(`Expected to write ${path}, but ${(error as Error).message}`, { cause: error });
  } finally {
    if (underWay.get(place) === settled) underWay.delete(place);
  }
}

async function write(path: string, files: Files, owned: readonly string[]): Promise<void> {
  const isThere = await isReplaceable(path, owned);
  await isReplaceable(`${path}${REPLACED}`, owned);
  await removeLeftovers(path);
  const writing = `${path}${WRITING}${processMark()}`;
  try {
    await fs.mkdir(writing);
    for (const [name, data] of files) await writeFlushed(join(writing, name), data);
    await flushDirectory(writing);
    await takePlace(writing, path, isThere);
  } catch (error) {
    // What made the write fail may make this fail too; the next save removes it.
    await remove(writing).catch(() => undefined);
    throw error;
  }
}

async function takePlace(writing: string, path: string, isThere: boolean): Promise<void> {
  const replaced = `${path}${REPLACED}`;
  // Without PATH, `PATH.replaced` is all there is: it stays until the new PATH is there.
  if (isThere) {
    await remove(replaced);
    await fs.rename(path, replaced);
  }
  try {
    await fs.rename(writing, path);
  } catch (error) {
    // Should this fail too, `readReplaced` finds it under its other name.
    if (isThere) await fs.rename(replaced, path).catch(() => undefined);
    throw error;
  }
  await flushDirectory(dirname(path));
  // The new one is saved, and found first: the next save removes what is left.
  await remove(replaced).catch(() => undefined);
}

/**
 * Reads a directory that `replaceDirectory` writes: what is at the path or, where a crash left nothing there, what was
 * about to be replaced. Where it is replaced while it is read, it is read again.
 */
export async function readReplaced<T>(path: string, read: (place: string) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const identity = await identityOf(path);
    const place = identity === undefined && (await identityOf(`${path}${REPLACED}`)) ? `${path}${REPLACED}` : path;
    const isSettled = async (): Promise<boolean> => attempt === 10 || (await identityOf(path)) === identity;
    try {
      const result = await read(place);
      if (await isSettled()) return result;
    } catch (error) {
      if (await isSettled()) throw error;
    }
  }
}

/** Whether there is something of that name. */
export async function isThere(path: string): Promise<boolean> {
  return (await identityOf(path)) !== undefined;
}

/** Whether there is a directory that may be replaced. */
async function isReplaceable(path: string, owned: readonly string[]): Promise<boolean> {
  const names = await fs.readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const other = names?.find((name) => !owned.includes(name));
  if (other !== undefined)
    throw new InvalidArgumentError(
      `Expected ${path} to be new, or a directory of ${owned.join(', ')} to replace, got one that holds ${describe(other)}`,
    );
  return names !== undefined;
}

/** Removes what processes that are gone, or this one, did not finish to write. */
async function removeLeftovers(path: string): Promise<void> {
  const beginning = `${basename(path)}${WRITING}`;
  for (const name of await fs.readdir(dirname(path)))
    if (isLeftover(name, beginning)) await remove(join(dirname(path), name));
}

async function writeFlushed(path: string, data: Uint8Array | string): Promise<void> {
  const file = await fs.open(path, 'wx');
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new name is on the disk only when its directory is. */
async function flushDirectory(path: string): Promise<void> {
  // Windows opens no directories, and needs none of this.
  if (process.platform === 'win32') return;
  const directory = await fs.open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function remove(path: string): Promise<void> {
  await fs.rm(path, { recursive: true, force: true });
}

/** The directory itself where the path is a link to it. */
async function realPath(path: string): Promise<string> {
  return fs.realpath(path).catch(() => path);
}

/** What tells a directory from another that takes its place; `undefined` where there is none. */
async function identityOf(path: string): Promise<string | undefined> {
  return fs.stat(path).then(
    ({ dev, ino, mtimeMs }) => `${dev} ${ino} ${mtimeMs}`,
    () => undefined,
  );
}
