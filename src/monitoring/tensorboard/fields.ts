import { type BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Writes an integer into a field; 0 is what a field that is absent means. */
export function integer(writer: BinaryWriter, field: number, value: number): void {
  if (value !== 0) writer.tag(field, WireType.Varint).int64(value);
}

/** Writes a message into a field of another: what `write` writes. */
export function nested(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}
