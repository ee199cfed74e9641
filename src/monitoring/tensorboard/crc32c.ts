/** The remainders of all bytes: CRC-32C's polynomial, its bits reversed. */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0x82f63b78 : rest >>> 1;
  return rest;
});

/** The checksum CRC-32C (Castagnoli; RFC 3720, appendix B.4), from 0 to 2³² − 1. */
export function crc32c(bytes: Uint8Array): number {
  let rest = -1;
  for (const byte of bytes) rest = (TABLE[(rest ^ byte) & 0xff] ?? 0) ^ (rest >>> 8);
  return ~rest >>> 0;
}
