import { EncodingError } from '../errors.js';

/** Decodes UTF-8 that comes in pieces, cut anywhere, and says where it is invalid. A byte-order mark is a character. */
export class Utf8Decoder {
  readonly #source: string;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** The bytes of a character whose end has not come yet: three at most. */
  #rest: Uint8Array = new Uint8Array(0);
  #decodedBytes = 0;

  /** `source` names the text in errors. */
  constructor(source: string) {
    this.#source = source;
  }

  /**
   * The text that is complete so far.
   * @throws {EncodingError} with the offset of the first byte that cannot be decoded.
   */
  push(piece: Uint8Array): string {
    const bytes = this.#rest.length === 0 ? piece : concatenate(this.#rest, piece);
    const end = bytes.length - unfinishedBytes(bytes);
    const text = this.#decode(bytes.subarray(0, end));
    // A copy: the owner of the piece may fill it again, and a Buffer's slice() would share its memory.
    this.#rest = new Uint8Array(bytes.subarray(end));
    return text;
  }

  /**
   * Ends the text.
   * @throws {EncodingError} when the last character is not complete.
   */
  end(): void {
    this.#decode(this.#rest);
  }

  #decode(bytes: Uint8Array): string {
    try {
      const text = this.#decoder.decode(bytes);
      this.#decodedBytes += bytes.length;
      return text;
    } catch {
      throw new EncodingError(this.#source, this.#decodedBytes + firstInvalidByte(bytes));
    }
  }
}

/** How many bytes at the end begin a character that needs more bytes. */
function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    return characterBytes(byte) > back ? back : 0;
  }
  return 0;
}

/** The bytes that a character with this first byte has; 1 for a byte that begins none. */
function characterBytes(first: number): number {
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 1;
}

/** Offset of the first byte that begins no valid character (table 3-7 of the Unicode standard); `length` if none. */
function firstInvalidByte(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const first = bytes[at] ?? 0;
    const size = characterBytes(first);
    if (size === 1 ? first > 0x7f : !isCharacter(bytes.subarray(at, at + size), size)) return at;
    at += size;
  }
  return at;
}

function isCharacter(bytes: Uint8Array, size: number): boolean {
  const [first = 0, second = 0, ...others] = bytes;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  return bytes.length === size && second >= low && second <= high && others.every(isContinuation);
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}
