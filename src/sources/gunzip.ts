import { createGunzip } from 'node:zlib';
import { SourceFormatError } from '../errors.js';
import { ByteReader } from './ByteReader.js';
import { transformBytes } from './transformBytes.js';

/** How much is unpacked at a time; it becomes a thousand times as much at most. */
const PIECE = 2 ** 14;

/**
 * Unpacks gzip: all members of a file, one after the other. `name` is what errors call it.
 * @throws {SourceFormatError} when it is damaged, with the byte of the packed file from which on it is, or ends too early.
 */
export async function* gunzip(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const chunks = bytes[Symbol.asyncIterator]();
  const reader = new ByteReader(chunks);
  let begin = 0;
  // Of a size that does not depend on how the bytes come: of damaged ones, what comes before the damage is the same then.
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    for (let piece = await reader.take(PIECE); piece.length > 0; piece = await reader.take(PIECE)) {
      yield piece;
      begin = reader.position;
    }
  };
  try {
    yield* transformBytes(pieces(), createGunzip({ chunkSize: 2 ** 16 }));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error;
    const reason = error.code === 'Z_BUF_ERROR' ? 'it ends too early' : error.message;
    const place = { source: name, byteOffset: begin };
    throw new SourceFormatError(`Expected ${name} to be a gzip file: ${reason}`, place, { cause: error });
  } finally {
    await chunks.return?.();
  }
}
