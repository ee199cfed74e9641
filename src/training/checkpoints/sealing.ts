import { FileFormatError } from '../../errors.js';
import { sha256 } from '../../files/sha256.js';
import { decodeSafetensors, encodeSafetensors, type SafetensorsFile } from '../../model/safetensors.js';

const KEY = 'sha256';
/** What stands before the sum; quotes inside other strings of the header are escaped. */
const BEFORE = `"${KEY}":"`;
const UNSEALED = '0'.repeat(64);

/**
 * Encodes a safetensors file whose metadata hold a SHA-256 of the whole file (computed with zeros in its own place): one
 * bit that changes anywhere is noticed.
 */
export function encodeSealed({ metadata, tensors }: SafetensorsFile): Uint8Array {
  const { buffer, byteOffset, length } = encodeSafetensors({ metadata: { ...metadata, [KEY]: UNSEALED }, tensors });
  const bytes = Buffer.from(buffer, byteOffset, length);
  const place = placeOfSum(bytes);
  bytes.write(sumOf(bytes, place), place);
  return bytes;
}

/**
 * Decodes what `encodeSealed` encoded.
 * @throws {FileFormatError} when it is not that, bit for bit; `name` says of what.
 */
export function decodeSealed(bytes: Uint8Array, name: string): SafetensorsFile {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const place = placeOfSum(buffer);
  if (place < 0)
    throw new FileFormatError(`Expected ${name} to hold a checksum, got ${bytes.length} bytes without one`);
  if (buffer.toString('latin1', place, place + UNSEALED.length) !== sumOf(buffer, place))
    throw new FileFormatError(`Expected ${name} to be as it was written, got other bytes: its checksum is wrong`);
  return decodeSafetensors(bytes, name);
}

/** Where the sum stands; −1 where there is none. */
function placeOfSum(bytes: Buffer): number {
  const place = bytes.indexOf(BEFORE);
  return place < 0 ? place : place + BEFORE.length;
}

function sumOf(bytes: Buffer, place: number): string {
  return sha256(bytes.subarray(0, place), UNSEALED, bytes.subarray(place + UNSEALED.length));
}
