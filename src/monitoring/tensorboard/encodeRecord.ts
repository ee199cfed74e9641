import { crc32c } from './crc32c.js';

/**
 * Frames a message as a record of a TFRecord file, in little-endian order: the length (8 bytes), its checksum (4), the
 * message, its checksum (4). Source: tensorflow.org/tutorials/load_data/tfrecord, "TFRecords format details".
 */
export function encodeRecord(message: Uint8Array): Uint8Array {
  const record = new Uint8Array(message.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(message.length), true);
  view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true);
  record.set(message, 12);
  view.setUint32(12 + message.length, maskedChecksum(message), true);
  return record;
}

/** Checksums are rotated and moved, so that a record that holds records stays distinct from their checksums. */
function maskedChecksum(bytes: Uint8Array): number {
  const sum = crc32c(bytes);
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}
