/**
 * Takes the characters that are complete from the front of UTF-8 bytes; what may still become one stays. A byte that
 * begins no character becomes U+FFFD.
 */
export function takeCharacters(bytes: number[]): string {
  let text = '';
  while (bytes.length > 0) {
    const length = validPrefix(bytes);
    const size = characterSize(bytes[0] ?? 0);
    if (length === bytes.length && length < size) break;
    text += length === size ? decoder.decode(Uint8Array.from(bytes.splice(0, size))) : '\ufffd';
    if (length !== size) bytes.shift();
  }
  return text;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The bytes of a character with this first byte; 5, which none has, for a byte that begins none. */
function characterSize(first: number): number {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 5;
}

/** How many of the first bytes can belong to one character (table 3-7 of the Unicode standard). */
function validPrefix(bytes: readonly number[]): number {
  const [first = 0, second = 0] = bytes;
  const size = characterSize(first);
  if (size === 5) return 0;
  if (size === 1 || bytes.length === 1) return 1;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 1;
  let length = 2;
  while (length < size && length < bytes.length && ((bytes[length] ?? 0) & 0xc0) === 0x80) length++;
  return length;
}
