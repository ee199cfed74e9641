import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { SourceFormatError } from '../errors.js';
import { ByteReader } from './ByteReader.js';
import { loadPackage } from './loadPackage.js';
import { transformBytes } from './transformBytes.js';

/** Node has it from 22.15 on. */
const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: zlib.ZlibOptions) => Transform };

const MAGIC = 0xfd2fb528;
/** The first of sixteen magic numbers of frames that hold no text. */
const SKIPPABLE = 0x184d2a50;

/**
 * Unpacks Zstandard: all frames of a file, one after the other. Frames are told apart here (RFC 8878, section 3.1), since Node reads
 * the first one only, and takes one that is cut short for whole. Checksums are compared where Node unpacks, not by `fzstd`.
 *
 * @throws {SourceFormatError} when it is damaged or ends too early, with the byte of the packed file.
 * @throws {MissingPackageError} when Node has no Zstandard and `fzstd` is not installed.
 */
export async function* unzstd(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const unpackFrame = createZstdDecompress ? withNode(createZstdDecompress) : await withFzstd();
  const chunks = bytes[Symbol.asyncIterator]();
  const reader = new ByteReader(chunks);
  const take = async (count: number): Promise<Uint8Array> => {
    const taken = await reader.take(count);
    if (taken.length < count) throw damaged(name, 'it ends too early', reader.position);
    return taken;
  };
  try {
    for (let frames = 0; ; frames++) {
      const magic = await reader.take(4);
      if (magic.length === 0 && frames > 0) return;
      if (magic.length < 4) throw damaged(name, 'it ends too early', reader.position);
      const number = viewOf(magic).getUint32(0, true);
      if (number >>> 4 === SKIPPABLE >>> 4) {
        for (let left = viewOf(await take(4)).getUint32(0, true); left > 0; left -= 2 ** 16)
          await take(Math.min(left, 2 ** 16));
      } else if (number === MAGIC) yield* unpackFrame(frame(magic, take));
      else throw damaged(name, 'another frame was expected', reader.position - 4);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw damaged(name, error.message, reader.position, error);
    throw error;
  } finally {
    await chunks.return?.();
  }
}

/** The bytes of one frame, its magic number included. */
async function* frame(
  magic: Uint8Array,
  take: (count: number) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield magic;
  const first = await take(1);
  yield first;
  const [descriptor = 0] = first;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6] ?? 0;
  yield take((isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes);
  for (let isLast = false; !isLast; ) {
    const header = await take(3);
    yield header;
    const [low = 0, middle = 0, high = 0] = header;
    const block = low | (middle << 8) | (high << 16);
    isLast = (block & 1) !== 0;
    // A block of one byte that is repeated holds that byte.
    yield take(((block >>> 1) & 3) === 1 ? 1 : block >>> 3);
  }
  if ((descriptor & 4) !== 0) yield take(4);
}

type UnpackFrame = (frame: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;

function withNode(create: (options: zlib.ZlibOptions) => Transform): UnpackFrame {
  return (bytes) => transformBytes(bytes, create({ chunkSize: 2 ** 16 }));
}

async function withFzstd(): Promise<UnpackFrame> {
  const { Decompress } = await loadPackage('fzstd', 'Zstandard, which Node has from 22.15 on,', () => import('fzstd'));
  return async function* (bytes) {
    let unpacked: Uint8Array[] = [];
    const decompress = new Decompress((piece) => {
      if (piece.length > 0) unpacked.push(piece);
    });
    for await (const piece of bytes) {
      decompress.push(piece);
      yield* unpacked;
      unpacked = [];
    }
    // That the frame is whole is known; here what is held back comes.
    decompress.push(new Uint8Array(0), true);
    yield* unpacked;
  };
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function damaged(name: string, reason: string, byteOffset: number, cause?: Error): SourceFormatError {
  return new SourceFormatError(
    `Expected ${name} to be a Zstandard file: ${reason}`,
    { source: name, byteOffset },
    { cause },
  );
}
