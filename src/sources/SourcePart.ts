/** A part of a source that can be read by itself, and what it held when it was cut. */
export interface SourcePart {
  /** What it is a part in: bytes, rows of Parquet, or none, where it is the whole source. */
  readonly unit: 'bytes' | 'rows' | 'whole';
  /** Where it begins, in bytes of the source (packed, where it is) or rows. */
  readonly start: number;
  /** Where it ends, exclusive. */
  readonly end: number;
  /** How many bytes at the beginning of the source belong to every part: the header of CSV. */
  readonly head: number;
  /** SHA-256 in hexadecimal, of its bytes; of rows, of the end of the file, where its table of contents is. */
  readonly sha256: string;
}
