import { type FileHandle, open, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { checkNumber, FileWriteError, SourceError } from '../errors.js';
import { TemporaryDirectory } from '../files/TemporaryDirectory.js';
import { checkContent } from '../sources/formats.js';
import { checkEnds } from './checkEnds.js';
import type { TextSource } from './openText.js';
import { readText } from './readText.js';

/** A text that was put into a temporary file. */
export interface SpooledText {
  /** Where it is: for `readText`, as often as it is needed. */
  readonly path: string;
  /** Removes the file now, rather than when the process exits. May be called again. */
  remove(): Promise<void>;
}

/** Options of `spool`. */
export interface SpoolOptions {
  /** What the text holds, as the suffix that the file gets: `'.jsonl'`, say, for `readText` to read records from it. Default `'.txt'`. */
  readonly format?: string | undefined;
  /** The most bytes that are written. Default: half of the room that there is. */
  readonly maxBytes?: number | undefined;
}

/**
 * Puts a text that can be read once only into a temporary file, since training reads it once an epoch.
 *
 *     const text = await spool(process.stdin);
 *     const batches = (epoch: number) => pipeline(readText(text.path), splitSentences(), …);
 *     await text.remove();
 *
 * The file is UTF-8 as `readText` gives it: without byte-order mark, with `\n` as the only line end. Memory does not depend
 * on the size of the text. The file is removed when the process exits, also through an error or `process.exit()`; a signal
 * without a listener kills a process before that, and the next one removes it.
 *
 * Records are put there as they stand: `spool(process.stdin, { format: '.jsonl' })`.
 *
 * @throws {InvalidArgumentError} when an option cannot be used.
 * @throws {EncodingError} when bytes are not UTF-8.
 * @throws {SourceError} when the source is none or cannot be read; when it is a device, such as `/dev/zero`, that may never end, or is longer
 *   than `maxBytes`.
 * @throws {FileWriteError} when the file cannot be written.
 */
export async function spool(source: TextSource, { format, maxBytes }: SpoolOptions = {}): Promise<SpooledText> {
  const suffix = checkContent('format', format) ?? '.txt';
  if (maxBytes !== undefined) checkNumber('maxBytes', maxBytes, { integer: true, min: 1 });
  const text = readText(source, { format: '.txt' });
  await checkEnds(source);
  const directory = new TemporaryDirectory();
  const path = join(directory.path, `text${suffix}`);
  const remove = async (): Promise<void> => directory.remove();
  try {
    const file = await writing(path, open(path, 'wx'));
    try {
      await write(text, file, path, maxBytes ?? (await roomFor(path)) / 2);
    } finally {
      await file.close();
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}

async function write(text: AsyncIterable<string>, file: FileHandle, path: string, maxBytes: number): Promise<void> {
  let left = maxBytes;
  for await (const chunk of text) {
    const bytes = Buffer.from(chunk);
    left -= bytes.length;
    if (left < 0) throw new SourceError(`Expected a text of at most ${Math.floor(maxBytes)} bytes, got a longer one`);
    await writing(path, file.appendFile(bytes));
  }
}

/** In bytes. */
async function roomFor(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/** Waits for a step of writing, and says in its error that it was one. */
async function writing<T>(path: string, step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    throw new FileWriteError(`Expected to put a text into ${path}, but ${(error as Error).message}`, { cause: error });
  }
}
