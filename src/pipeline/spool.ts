import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { FileWriteError } from '../errors.js';
import { TemporaryDirectory } from '../files/TemporaryDirectory.js';
import type { TextSource } from './openText.js';
import { readText } from './readText.js';

/** A text that was put into a temporary file. */
export interface SpooledText {
  /** Where it is: for `readText`, as often as it is needed. */
  readonly path: string;
  /** Removes the file now, rather than when the process exits. May be called again. */
  remove(): Promise<void>;
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
 * @throws {EncodingError} when bytes are not UTF-8.
 * @throws {SourceError} when the source is none or cannot be read.
 * @throws {FileWriteError} when the file cannot be written.
 */
export async function spool(source: TextSource): Promise<SpooledText> {
  const text = readText(source);
  const directory = new TemporaryDirectory();
  const path = join(directory.path, 'text.txt');
  const remove = async (): Promise<void> => directory.remove();
  try {
    const file = await writing(path, open(path, 'wx'));
    try {
      await write(text, file, path);
    } finally {
      await file.close();
    }
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}

async function write(text: AsyncIterable<string>, file: FileHandle, path: string): Promise<void> {
  for await (const chunk of text) await writing(path, file.appendFile(chunk));
}

/** Waits for a step of writing, and says in its error that it was one. */
async function writing<T>(path: string, step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    throw new FileWriteError(`Expected to put a text into ${path}, but ${(error as Error).message}`, { cause: error });
  }
}
