import { FileFormatError } from '../errors.js';

/** A tensor in a file. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** What a safetensors file holds: float32 tensors by name, and strings by name. */
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

/**
 * Encodes tensors as safetensors, which PyTorch and others read: the header's length (8 bytes, little-endian), the header
 * (JSON), the numbers. Format: the safetensors README, https://github.com/huggingface/safetensors#format.
 */
export function encodeSafetensors({ metadata, tensors }: SafetensorsFile): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, values }] of tensors) {
    const start = end;
    end += values.byteLength;
    header[name] = { dtype: 'F32', shape, data_offsets: [start, end] } satisfies HeaderEntry;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + headerLength + end).fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerLength);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  bytes.set(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerLength;
  for (const { values } of tensors.values())
    for (const value of values) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  return bytes;
}

/**
 * Decodes safetensors whose tensors are float32.
 * @throws {FileFormatError} when the bytes are anything else, or too few; `name` says of what.
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafetensorsFile {
  const fail = (what: string): never => {
    throw new FileFormatError(`Expected ${name} to be a safetensors file, got ${what}`);
  };
  if (bytes.length < LENGTH_BYTES) fail(`${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  const dataStart = LENGTH_BYTES + headerLength;
  if (dataStart > bytes.length) fail(`${bytes.length} bytes where the header alone would have ${headerLength}`);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart)) ?? fail('a header that is not a JSON object');
  const tensors = new Map<string, StoredTensor>();
  let metadata: Record<string, string> = {};
  let dataEnd = dataStart;
  for (const [key, entry] of Object.entries(header)) {
    if (key === '__metadata__') {
      metadata = isStrings(entry) ? entry : fail('metadata that are not strings');
      continue;
    }
    if (!isEntry(entry)) return fail(`a damaged header entry ${key}`);
    const [start, end] = entry.data_offsets;
    const size = entry.shape.reduce((product, length) => product * length, 1);
    if (entry.dtype !== 'F32') fail(`tensor ${key} of type ${entry.dtype}, not F32`);
    if (end - start !== size * 4) fail(`${end - start} bytes for tensor ${key} of shape [${entry.shape}]`);
    if (dataStart + end > bytes.length) fail(`${bytes.length} bytes, too few for tensor ${key}: it is truncated`);
    const values = Float32Array.from({ length: size }, (_, i) => view.getFloat32(dataStart + start + 4 * i, true));
    tensors.set(key, { shape: entry.shape, values });
    dataEnd = Math.max(dataEnd, dataStart + end);
  }
  if (dataEnd < bytes.length) fail(`${bytes.length} bytes where the tensors end at ${dataEnd}`);
  return { metadata, tensors };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof header === 'object' && header !== null && !Array.isArray(header) ? { ...header } : undefined;
  } catch {
    return undefined;
  }
}

function isStrings(entry: unknown): entry is Record<string, string> {
  return (
    typeof entry === 'object' && entry !== null && Object.values(entry).every((value) => typeof value === 'string')
  );
}

function isEntry(entry: unknown): entry is HeaderEntry {
  if (typeof entry !== 'object' || entry === null) return false;
  const { dtype, shape, data_offsets: offsets } = entry as Partial<Record<keyof HeaderEntry, unknown>>;
  const isSizes = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
  return typeof dtype === 'string' && isSizes(shape) && isSizes(offsets) && offsets.length === 2;
}
