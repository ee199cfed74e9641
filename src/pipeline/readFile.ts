import { createReadStream, type ReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SourceError } from '../errors.js';

/**
 * The bytes of a file, in chunks of up to 64 kB, each time it is read; those of a file whose name ends in `.gz` are
 * unpacked, all its members one after the other. The file is open only while it is being read.
 *
 * @throws {SourceError} (while reading) when the file is missing, a directory, unreadable, or not a whole gzip file.
 */
export function readFile(path: string | URL): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      // The stream's iterator destroys it, and so closes the file, however the reading ends.
      try {
        const file = createReadStream(path);
        yield* /\.gz$/i.test(String(path)) ? unpack(file) : file;
      } catch (error) {
        throw unreadable(path, error);
      }
    },
  };
}

function unpack(file: ReadStream): AsyncIterable<Uint8Array> {
  // Node's pipeline, unlike pipe(), closes the file with the stream behind it. Its errors come out of that stream, too.
  return pipeline(file, createGunzip({ chunkSize: 2 ** 16 }), () => {});
}

const REASONS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a directory'],
  ['EACCES', 'it may not be read'],
  ['Z_BUF_ERROR', 'it ends too early'],
]);

function unreadable(path: string | URL, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  const what = code.startsWith('Z_') ? 'gzip' : 'readable';
  const reason = REASONS.get(code) ?? error.message;
  return new SourceError(`Expected ${path} to be a ${what} file: ${reason}`, { cause: error });
}
