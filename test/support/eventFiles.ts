import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { encodeRecord } from '../../src/monitoring/tensorboard/encodeRecord.js';

/** An event as it was read; `type` is that of its content. */
export type ReadEvent = { readonly step: number; readonly wallTime: number } & (
  | { readonly type: 'version' | 'start' }
  | { readonly type: 'values'; readonly values: readonly ReadValue[] }
);

/** What stands under a tag: for plugin `scalars` a number, for `text` a text, for `histograms` 90 numbers. */
export interface ReadValue {
  readonly tag: string;
  readonly plugin: string;
  readonly value: number | string | readonly number[];
}

/** The paths of a directory's event files, in the order in which TensorBoard reads them. */
export function eventFilesOf(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const names = readdirSync(directory).filter((name) => name.startsWith('events.out.tfevents.'));
  return names.sort().map((name) => join(directory, name));
}

/** The events of all event files of a directory. A record that is not whole is an error. */
export function readEvents(directory: string): ReadEvent[] {
  return eventFilesOf(directory).flatMap((path) => recordsOf(readFileSync(path)).map(eventOf));
}

/** The values of all events with these steps, flat. */
export function readValues(directory: string): (ReadValue & { readonly step: number })[] {
  return readEvents(directory).flatMap((event) =>
    event.type === 'values' ? event.values.map((value) => ({ ...value, step: event.step })) : [],
  );
}

/** The steps and values under a tag. */
export function readTag(directory: string, tag: string): [step: number, value: ReadValue['value']][] {
  const found = readValues(directory).filter((value) => value.tag === tag);
  return found.map(({ step, value }) => [step, value]);
}

function recordsOf(bytes: Buffer): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    const message = bytes.subarray(at + 12, at + 12 + length);
    // That checksums are TensorBoard's is held against a fixture.
    if (!bytes.subarray(at, at + 16 + length).equals(encodeRecord(message)))
      throw new RangeError(`Expected a whole record at byte ${at} of ${bytes.length}`);
    records.push(message);
    at += 16 + length;
  }
  return records;
}

/** A message's fields by number: integers and doubles as numbers, anything else as bytes; the values of each in order. */
function fieldsOf(message: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const reader = new BinaryReader(message);
  const fields = new Map<number, (number | Uint8Array)[]>();
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const value =
      type === WireType.Varint ? Number(reader.int64()) : type === WireType.Bit64 ? reader.double() : reader.bytes();
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

const messageIn = (field: number | Uint8Array | undefined): Uint8Array =>
  field instanceof Uint8Array ? field : new Uint8Array();
const textIn = (field: number | Uint8Array | undefined): string => new TextDecoder().decode(messageIn(field));

function eventOf(message: Uint8Array): ReadEvent {
  const fields = fieldsOf(message);
  const where = { wallTime: Number(fields.get(1)?.[0]), step: Number(fields.get(2)?.[0] ?? 0) };
  if (fields.has(3)) return { ...where, type: 'version' };
  if (fields.has(7)) return { ...where, type: 'start' };
  const values = fieldsOf(messageIn(fields.get(5)?.[0])).get(1) ?? [];
  return { ...where, type: 'values', values: values.map((value) => readValue(messageIn(value))) };
}

function readValue(message: Uint8Array): ReadValue {
  const fields = fieldsOf(message);
  const plugin = fieldsOf(messageIn(fieldsOf(messageIn(fields.get(9)?.[0])).get(1)?.[0]));
  const tensor = fieldsOf(messageIn(fields.get(8)?.[0]));
  const name = textIn(plugin.get(1)?.[0]);
  const value = (): ReadValue['value'] => {
    if (name === 'text') return textIn(tensor.get(8)?.[0]);
    if (name === 'hparams') return textIn(plugin.get(2)?.[0]);
    const bytes = Buffer.from(messageIn(tensor.get(name === 'scalars' ? 5 : 4)?.[0]));
    if (name === 'scalars') return bytes.readFloatLE();
    return Array.from({ length: bytes.length / 8 }, (_, at) => bytes.readDoubleLE(8 * at));
  };
  return { tag: textIn(fields.get(1)?.[0]), plugin: name, value: value() };
}
