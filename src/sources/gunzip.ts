import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SourceFormatError } from '../errors.js';

/**
 * Unpacks gzip: all members of a file, one after the other. `name` is what errors call it.
 * @throws {SourceFormatError} when it is damaged, with the byte of the packed file from which on it is, or ends too early.
 */
export async function* gunzip(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const unpacking = createGunzip({ chunkSize: 2 ** 16 });
  let length = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      length += chunk.length;
      yield chunk;
    }
  };
  // Node's pipeline, unlike pipe(), closes the source with the stream behind it. Its errors come out of that stream, too.
  const unpacked: AsyncIterable<Uint8Array> = pipeline(chunkwise(counted()), unpacking, () => {});
  try {
    yield* unpacked;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error;
    const isCut = error.code === 'Z_BUF_ERROR';
    // Within the chunk of damaged bytes, zlib does not say where they are.
    const place = { source: name, byteOffset: isCut ? length : unpacking.bytesWritten };
    const reason = isCut ? 'it ends too early' : error.message;
    throw new SourceFormatError(`Expected ${name} to be a gzip file: ${reason}`, place, { cause: error });
  }
}

/** A stream that reads one chunk ahead, not sixteen. */
export function chunkwise(bytes: AsyncIterable<Uint8Array>): Readable {
  return Readable.from(bytes, { highWaterMark: 1 });
}
