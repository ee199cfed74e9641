import type { NormalizerSpec, TrainerSpec } from '../modelProto.js';
import { Bytes } from './Bytes.js';
import { Charsmap, type Replacement } from './Charsmap.js';
import { utf8Length } from './utf8Length.js';
import type { Vocabulary } from './Vocabulary.js';

const SPACE = 0x20;
/** `▁` */
const SPACE_SYMBOL = [0xe2, 0x96, 0x81];
/** U+FFFD */
const NO_CHARACTER = Uint8Array.of(0xef, 0xbf, 0xbd);

/** What a text becomes before it is split into pieces: its spaces, and whatever the model has rules for. */
export class Normalizer {
  readonly #spec: NormalizerSpec;
  readonly #spaceIsSuffix: boolean;
  readonly #vocabulary: Vocabulary;
  readonly #charsmap: Charsmap | undefined;
  readonly #space: readonly number[];

  /** @throws {RangeError} when the rules are damaged. */
  constructor(spec: NormalizerSpec, { spaceIsSuffix }: TrainerSpec, vocabulary: Vocabulary) {
    this.#spec = spec;
    this.#spaceIsSuffix = spaceIsSuffix;
    this.#vocabulary = vocabulary;
    this.#charsmap = spec.charsmap.length > 0 ? new Charsmap(spec.charsmap) : undefined;
    this.#space = spec.escapeSpaces ? SPACE_SYMBOL : [SPACE];
  }

  /** The UTF-8 bytes of a text as it is split. */
  normalize(text: string): Uint8Array {
    const { addDummyPrefix, removeExtraSpaces } = this.#spec;
    const given = utf8.encode(text);
    const bytes = new Bytes();
    let at = removeExtraSpaces ? this.#behindSpaces(given) : 0;
    if (at === given.length) return bytes.all;
    if (addDummyPrefix && !this.#spaceIsSuffix) bytes.pushAll(this.#space);
    let isBehindSpace = removeExtraSpaces;
    while (at < given.length) {
      const next = this.#next(given, at);
      const start = isBehindSpace ? next.bytes.findIndex((byte) => byte !== SPACE) : 0;
      if (start >= 0 && next.bytes.length > 0) {
        for (const byte of next.bytes.subarray(start)) {
          if (byte === SPACE) bytes.pushAll(this.#space);
          else bytes.push(byte);
        }
        isBehindSpace = removeExtraSpaces && next.bytes.at(-1) === SPACE;
      }
      at += next.taken;
    }
    if (removeExtraSpaces) bytes.trim(this.#space);
    if (addDummyPrefix && this.#spaceIsSuffix) bytes.pushAll(this.#space);
    return bytes.all;
  }

  /** Where the first character is that does not become a space. */
  #behindSpaces(given: Uint8Array): number {
    let at = 0;
    while (at < given.length) {
      const { bytes, taken } = this.#next(given, at);
      if (bytes.length !== 1 || bytes[0] !== SPACE) break;
      at += taken;
    }
    return at;
  }

  /** What comes next: a symbol that stays as it is, what a rule makes, or a character. */
  #next(given: Uint8Array, at: number): Replacement {
    const symbol = this.#vocabulary.symbolLength(given, at);
    if (symbol > 0) return { taken: symbol, bytes: given.subarray(at, at + symbol) };
    const replacement = this.#charsmap?.at(given, at);
    if (replacement) return replacement;
    // A rule that ends within a character is none that SentencePiece makes.
    if (((given[at] ?? 0) & 0xc0) === 0x80) return { taken: 1, bytes: NO_CHARACTER };
    const taken = utf8Length(given, at);
    return { taken, bytes: given.subarray(at, at + taken) };
  }
}

const utf8 = new TextEncoder();
