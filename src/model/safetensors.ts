import { FileFormatError } from '../errors.js';
import { fromFloat16, toFloat16 } from './float16.js';
import { parseJsonObject } from './parseJsonObject.js';

/** A tensor in a file. */
export interface StoredTensor {
  /** Sizes of its axes. */
  readonly shape: readonly number[];
  /** Its numbers, row-major. */
  readonly values: Float32Array;
}

/** The types of numbers that are read and written, and the bytes of each; here all are float32. */
export const NUMBER_BYTES = { F32: 4, F16: 2 } as const;

/** One of these. */
export type NumberType = keyof typeof NUMBER_BYTES;

/** What a safetensors file holds: tensors by name, and strings by name. */
export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

const LENGTH_BYTES = 8;
const OPENING_BRACE = 0x7b;

/**
 * Encodes tensors as safetensors, which PyTorch and others read: the header's length (8 bytes, little-endian), the header
 * (JSON), the numbers. Format: the safetensors README, https://github.com/huggingface/safetensors#format. As `F16`, numbers are rounded to
 * the nearest.
 */
export function encodeSafetensors({ metadata, tensors }: SafetensorsFile, dtype: NumberType = 'F32'): Uint8Array {
  const entries: [string, HeaderEntry][] = [];
  let end = 0;
  for (const [name, { shape, values }] of tensors) {
    const start = end;
    end += NUMBER_BYTES[dtype] * values.length;
    entries.push([name, { dtype, shape, data_offsets: [start, end] }]);
  }
  const header = { __metadata__: metadata, ...Object.fromEntries(entries) };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + headerLength + end).fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerLength);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  bytes.set(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerLength;
  const put = dtype === 'F16' ? 'setUint16' : 'setFloat32';
  for (const { values } of tensors.values())
    for (const number of dtype === 'F16' ? toFloat16(values) : values) {
      view[put](at, number, true);
      at += NUMBER_BYTES[dtype];
    }
  return bytes;
}

/**
 * Decodes safetensors whose tensors are float32 or float16. Everything is checked before it is used, and no more is allocated than
 * the bytes hold, whatever they say.
 * @throws {FileFormatError} when the bytes are anything else, or too few; `name` says of what.
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafetensorsFile {
  const header = decodeHeader(bytes, name);
  const { metadata, entries, dataStart } = header;
  const wrong = wrongType(header, name);
  if (wrong) throw wrong;
  checkPlaces(entries, bytes.length - dataStart, (what) => refuse(name, what));
  const tensors = entries.map(([key, { dtype, shape, data_offsets }]): [string, StoredTensor] => {
    const [start, end] = data_offsets;
    const data = bytes.subarray(dataStart + start, dataStart + end);
    return [key, { shape, values: dtype === 'F16' ? fromFloat16(littleEndianHalves(data)) : littleEndianFloats(data) }];
  });
  return { metadata, tensors: new Map(tensors) };
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function littleEndianFloats(bytes: Uint8Array): Float32Array {
  // A copy, which begins where numbers may begin.
  if (IS_LITTLE_ENDIAN) return new Float32Array(Uint8Array.from(bytes).buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => view.getFloat32(4 * at, true));
}

function littleEndianHalves(bytes: Uint8Array): Uint16Array {
  if (IS_LITTLE_ENDIAN) return new Uint16Array(Uint8Array.from(bytes).buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint16Array.from({ length: bytes.length / 2 }, (_, at) => view.getUint16(2 * at, true));
}

/**
 * What is wrong with the types of the tensors in a safetensors file, of which `bytes` may be the beginning alone; nothing
 * where they are such, or where the header cannot be read. `name` says of what.
 */
export function wrongTypeIn(bytes: Uint8Array, name: string): FileFormatError | undefined {
  try {
    return wrongType(decodeHeader(bytes, name), name);
  } catch (error) {
    if (error instanceof FileFormatError) return undefined;
    throw error;
  }
}

function wrongType({ entries }: Header, name: string): FileFormatError | undefined {
  const [key, entry] = entries.find(([, { dtype }]) => !Object.hasOwn(NUMBER_BYTES, dtype)) ?? [];
  if (key === undefined || !entry) return undefined;
  return new FileFormatError(
    `Expected float32 (F32) or float16 (F16) weights in ${name}, got ${short(entry.dtype)} in ${short(key)}`,
  );
}

interface Header {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: readonly (readonly [string, HeaderEntry])[];
  /** Where the numbers begin, in bytes. */
  readonly dataStart: number;
}

function decodeHeader(bytes: Uint8Array, name: string): Header {
  const fail = (what: string): never => refuse(name, what);
  if (bytes.length < LENGTH_BYTES) fail(`${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  const dataStart = LENGTH_BYTES + headerLength;
  if (dataStart > bytes.length) fail(`${bytes.length} bytes where the header alone would have ${headerLength}`);
  if (bytes[LENGTH_BYTES] !== OPENING_BRACE) fail('a header that does not begin with {');
  const header = parseJsonObject(bytes.subarray(LENGTH_BYTES, dataStart), `the header of ${name}`);
  const { __metadata__: metadata = {}, ...rest } = header;
  if (!isStrings(metadata)) return fail('metadata that are not strings');
  const entries = Object.entries(rest).map(([key, entry]): [string, HeaderEntry] =>
    isEntry(entry) ? [key, entry] : fail(`a damaged header entry ${short(key)}`),
  );
  return { metadata, entries, dataStart };
}

function refuse(name: string, what: string): never {
  throw new FileFormatError(`Expected ${name} to be a safetensors file, got ${what}`);
}

/** Checks that tensors have the bytes that their shapes need, and lie one behind the other from first to last. */
function checkPlaces(
  entries: readonly (readonly [string, HeaderEntry])[],
  dataLength: number,
  fail: (what: string) => never,
): void {
  let at = 0;
  const byPlace = entries.toSorted(
    (
      [
        ,
        {
          data_offsets: [a, b],
        },
      ],
      [
        ,
        {
          data_offsets: [c, d],
        },
      ],
    ) => a - c || b - d,
  );
  for (const [key, { dtype, shape, data_offsets }] of byPlace) {
    const [start, end] = data_offsets;
    const of = `tensor ${short(key)}`;
    if (end - start !== NUMBER_BYTES[dtype as NumberType] * shape.reduce((product, length) => product * length, 1))
      fail(`${end - start} bytes for ${of} of shape [${shape}]`);
    if (start !== at) fail(`${of} at byte ${start} of the data, where ${at} is the next`);
    if (end > dataLength) fail(`${dataLength} bytes of data, too few for ${of}: it is truncated`);
    at = end;
  }
  if (at < dataLength) fail(`${dataLength} bytes of data where the tensors end at ${at}`);
}

function isStrings(entry: unknown): entry is Record<string, string> {
  return (
    typeof entry === 'object' &&
    entry !== null &&
    !Array.isArray(entry) &&
    Object.values(entry).every((value) => typeof value === 'string')
  );
}

function isEntry(entry: unknown): entry is HeaderEntry {
  if (typeof entry !== 'object' || entry === null) return false;
  const { dtype, shape, data_offsets: offsets } = entry as Partial<Record<keyof HeaderEntry, unknown>>;
  const isSizes = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
  return typeof dtype === 'string' && isSizes(shape) && isSizes(offsets) && offsets.length === 2;
}

/** A name in a file, which may be endless. */
function short(name: string): string {
  return name.length > 60 ? `${name.slice(0, 57)}…` : name;
}
