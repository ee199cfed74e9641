import { type BigIntStats, createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { SourceChangedError, SourceError } from '../errors.js';
import type { ByteSource } from './ByteSource.js';
import { unreadable } from './unreadable.js';

/**
 * The bytes of a file, in chunks of up to 64 kB, each time it is read. The file is open only while it is being read, and must stay
 * what it was when it was first read: of the same size, time of its last change, and inode.
 *
 * @throws {SourceError} (while reading) when the file is missing, a directory or unreadable; when what is no regular file, such as
 *   a named pipe, is read again.
 * @throws {SourceChangedError} (while reading) when it changes.
 */
export function readFile(path: string | URL): ByteSource {
  let first: BigIntStats | undefined;
  const compare = (now: BigIntStats | undefined): void => {
    if (first?.isFile() && now && !isSame(first, now))
      throw new SourceChangedError(
        `Expected ${path} to stay as it was when it was first read, ${inWords(first)}, got ${inWords(now)}`,
      );
    first ??= now;
  };
  // A file that is gone is no change: who reads it again hears of that.
  const check = async (): Promise<void> => compare(await stat(path, { bigint: true }).catch(() => undefined));
  const begin = async (): Promise<void> => {
    // To open a named pipe again would wait for somebody who writes to it.
    if (first && !first.isFile()) throw readAgain(path);
    compare(await stat(path, { bigint: true }));
  };
  const withFile = async <T>(use: (file: FileHandle) => Promise<T>): Promise<T> => {
    try {
      await begin();
      const file = await open(path);
      const used = await use(file).finally(() => file.close());
      await check();
      return used;
    } catch (error) {
      await check();
      throw unreadable(path, error);
    }
  };
  return {
    name: String(path),
    check,
    async *[Symbol.asyncIterator]() {
      try {
        await begin();
        // The stream's iterator destroys it, and so closes the file, however the reading ends.
        yield* createReadStream(path);
      } catch (error) {
        await check();
        throw unreadable(path, error);
      }
      await check();
    },
    parts: {
      size: () => withFile(async (file) => (await file.stat()).size),
      read: (start, end) =>
        withFile(async (file) => {
          const bytes = new Uint8Array(end - start);
          let length = 0;
          while (length < bytes.length) {
            const { bytesRead } = await file.read(bytes, length, bytes.length - length, start + length);
            if (bytesRead === 0) break;
            length += bytesRead;
          }
          return bytes.subarray(0, length);
        }),
    },
  };
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ino === b.ino;
}

/** `120 bytes of 2026-11-24T08:16:04.123Z (inode 12)`. */
function inWords({ size, mtime, ino }: BigIntStats): string {
  return `${size} bytes of ${mtime.toISOString()} (inode ${ino})`;
}

function readAgain(path: string | URL): SourceError {
  return new SourceError(
    `Expected ${path} to be a regular file, which can be read again, got something else. Put it into one first: spool(path)`,
  );
}
