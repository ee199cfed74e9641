/** A record of a source: its fields, or why it has none. */
export interface SourceRecord {
  /** Which record, from 1: of JSON lines the line, else the row, a header not counted. */
  readonly row: number;
  /** Where it begins, in bytes from the start of what is unpacked. */
  readonly byteOffset: number;
  /** Its fields by their names; `undefined` where it cannot be read. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /** What it is instead of a record: `invalid JSON`. */
  readonly problem?: string | undefined;
}
