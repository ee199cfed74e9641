import { type BigIntStats, createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SourceError } from '../errors.js';
import { unreadable } from './unreadable.js';

/**
 * The bytes of a file, in chunks of up to 64 kB, each time it is read; those of a file whose name ends in `.gz` are
 * unpacked, all its members one after the other. The file is open only while it is being read, and must stay what it was when it
 * was first read: of the same size, time of its last change, and inode.
 *
 * @throws {SourceError} (while reading) when the file is missing, a directory, unreadable, or not a whole gzip file; when it
 *   changes; when what is no regular file, such as a named pipe, is read again.
 */
export function readFile(path: string | URL): AsyncIterable<Uint8Array> {
  let first: BigIntStats | undefined;
  const check = (now: BigIntStats | undefined): void => {
    if (first?.isFile() && now && !isSame(first, now))
      throw new SourceError(
        `Expected ${path} to stay as it was when it was first read, ${inWords(first)}, got ${inWords(now)}`,
      );
  };
  return {
    async *[Symbol.asyncIterator]() {
      try {
        // To open a named pipe again would wait for somebody who writes to it.
        if (first && !first.isFile()) throw readAgain(path);
        const found = await stat(path, { bigint: true });
        check(found);
        first ??= found;
        // The stream's iterator destroys it, and so closes the file, however the reading ends.
        const file = createReadStream(path);
        yield* /\.gz$/i.test(String(path)) ? unpack(file) : file;
      } catch (error) {
        check(await statNow(path));
        throw unreadable(path, error);
      }
      check(await statNow(path));
    },
  };
}

function unpack(file: ReadStream): AsyncIterable<Uint8Array> {
  // Node's pipeline, unlike pipe(), closes the file with the stream behind it. Its errors come out of that stream, too.
  return pipeline(file, createGunzip({ chunkSize: 2 ** 16 }), () => {});
}

/** `undefined` where the file is gone: who reads it again hears of that. */
async function statNow(path: string | URL): Promise<BigIntStats | undefined> {
  return stat(path, { bigint: true }).catch(() => undefined);
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
