/** A key that bytes begin with. */
export interface FoundKey {
  /** Its bytes. */
  readonly length: number;
  readonly value: number;
}

/**
 * A trie as SentencePiece stores one: a double array (Aoe, "An efficient digital search algorithm by using a double-array structure", 1989),
 * laid out as by darts-clone in units of 32 bits. A unit has, from its lowest bit on,
 *
 * - 8 bits: the byte that leads to it;
 * - 1 bit: whether a key ends there, which then has a value;
 * - 1 bit: whether its offset counts in 256s;
 * - 21 bits: its offset. The unit behind byte b is at the place of this one, XOR the offset, XOR b; the value at b = 0;
 * - 1 bit: it is a value, which all the bits before are.
 */
export class DoubleArray {
  readonly #units: Uint32Array;

  /** @throws {RangeError} when the bytes are no units, or a value is not below `limit`. */
  constructor(bytes: Uint8Array, limit: number) {
    if (bytes.length === 0 || bytes.length % 4 !== 0) throw new RangeError('a double array that is cut off');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#units = new Uint32Array(bytes.length / 4).map((_, place) => view.getUint32(4 * place, true));
    if (this.#units.some((unit) => unit >>> 31 === 1 && keyValue(unit) >= limit))
      throw new RangeError('a double array with a value out of range');
  }

  /** The longest key that the bytes from `start` on begin with. */
  longest(bytes: Uint8Array, start: number): FoundKey | undefined {
    let found: FoundKey | undefined;
    let place = offsetOf(this.#at(0));
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      place ^= byte;
      const unit = this.#at(place);
      if ((unit & VALUE_OR_BYTE) !== byte) break;
      place ^= offsetOf(unit);
      if ((unit >>> 8) & 1) found = { length: at + 1 - start, value: keyValue(this.#at(place)) };
    }
    return found;
  }

  /** A unit; outside, one that nothing leads to. */
  #at(place: number): number {
    return this.#units[place] ?? NOWHERE;
  }
}

const VALUE_OR_BYTE = 0x8000_00ff | 0;
const NOWHERE = 0x8000_0000;

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

function keyValue(unit: number): number {
  return unit & 0x7fff_ffff;
}
