import { DoubleArray } from './DoubleArray.js';

/** What a stretch of a text becomes: the bytes of a place. */
export interface Replacement {
  /** The bytes of the text that it stands for. */
  readonly taken: number;
  readonly bytes: Uint8Array;
}

/**
 * A model's rules for text, such as `nmt_nfkc`, as SentencePiece compiles them: the length in bytes of a double array, in 32 bits, the double
 * array, and the texts that its values point to, each with a null character behind it.
 */
export class Charsmap {
  readonly #rules: DoubleArray;
  readonly #texts: Uint8Array;

  /** @throws {RangeError} when the bytes are not that. */
  constructor(bytes: Uint8Array) {
    const { buffer, byteOffset, length } = bytes;
    const textsAt = length < 4 ? Infinity : 4 + new DataView(buffer, byteOffset, length).getUint32(0, true);
    if (textsAt >= length || bytes[length - 1] !== 0) throw new RangeError('rules for text that are cut off');
    this.#texts = bytes.subarray(textsAt);
    this.#rules = new DoubleArray(bytes.subarray(4, textsAt), this.#texts.length);
  }

  /** What the rule with the longest text says that the bytes from `at` on begin with. */
  at(bytes: Uint8Array, at: number): Replacement | undefined {
    const rule = this.#rules.longest(bytes, at);
    return rule && { taken: rule.length, bytes: this.#texts.subarray(rule.value, this.#texts.indexOf(0, rule.value)) };
  }
}
