/**
 * The part of protobuf's wire format that SentencePiece models need: messages are fields, each a tag
 * (field number · 8 + wire type) and a value. Source: protobuf.dev/programming-guides/encoding.
 */

const VARINT = 0;
const FIXED64 = 1;
export const BYTES = 2;
const FIXED32 = 5;

/** A field of a message: an integer, a float's four bytes, or the bytes of a string or of a message. */
export interface Field {
  readonly number: number;
  /** How the value is written, its wire type. */
  readonly type: number;
  readonly value: number | Uint8Array;
}

/** Builds a message, field by field. */
export class MessageWriter {
  readonly #bytes: number[] = [];

  integer(field: number, value: number): this {
    this.#varint(BigInt(field * 8 + VARINT));
    // A negative int32 is written as the 64 bits of its two's complement.
    this.#varint(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  boolean(field: number, value: boolean): this {
    return this.integer(field, value ? 1 : 0);
  }

  float(field: number, value: number): this {
    this.#varint(BigInt(field * 8 + FIXED32));
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#bytes.push(...bytes);
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint(BigInt(field * 8 + BYTES));
    this.#varint(BigInt(value.length));
    for (const byte of value) this.#bytes.push(byte);
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: MessageWriter): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #varint(value: bigint): void {
    let rest = value;
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes.push(Number(rest & 0x7fn) | 0x80);
    this.#bytes.push(Number(rest));
  }
}

/**
 * The fields of a message, in order. Integers come as the low 32 bits of what was written, with their sign.
 * @throws {RangeError} when the bytes are no message, or end too early.
 */
export function* readFields(message: Uint8Array): Generator<Field> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = view.getUint8(at++);
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('an integer of more than 10 bytes');
  };
  const take = (length: number): Uint8Array => {
    if (length < 0 || length > message.length - at) throw new RangeError('a field that goes beyond the end');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = varint();
    const number = tag >>> 3;
    if (number === 0) throw new RangeError('a field without a number');
    const type = tag & 7;
    if (type === VARINT) yield { number, type, value: varint() };
    else if (type === FIXED32) yield { number, type, value: take(4) };
    else if (type === FIXED64) yield { number, type, value: take(8) };
    else if (type === BYTES) yield { number, type, value: take(varint()) };
    else throw new RangeError(`a field of wire type ${type}`);
  }
}

/**
 * The fields of a message by number, each with a default; of a repeated field the last one counts. To protobuf, a field that is written as
 * a value of another type is an unknown one, so it has its default.
 */
export class Message {
  readonly #fields = new Map<string, Field['value']>();

  /** @throws {RangeError} when the bytes are no message. */
  constructor(bytes: Uint8Array) {
    for (const { number, type, value } of readFields(bytes)) this.#fields.set(`${number} ${type}`, value);
  }

  integer(field: number, byDefault: number): number {
    return (this.#fields.get(`${field} ${VARINT}`) as number | undefined) ?? byDefault;
  }

  boolean(field: number, byDefault: boolean): boolean {
    return this.integer(field, byDefault ? 1 : 0) !== 0;
  }

  bytes(field: number): Uint8Array {
    return (this.#fields.get(`${field} ${BYTES}`) as Uint8Array | undefined) ?? new Uint8Array();
  }

  float(field: number, byDefault: number): number {
    const bytes = this.#fields.get(`${field} ${FIXED32}`) as Uint8Array | undefined;
    return bytes ? new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true) : byDefault;
  }

  /** @throws {TypeError} when the bytes are not UTF-8. */
  string(field: number, byDefault: string): string {
    return this.#fields.has(`${field} ${BYTES}`) ? utf8.decode(this.bytes(field)) : byDefault;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
