import type { ByteSource } from './ByteSource.js';
import type { SourceRecord } from './SourceRecord.js';

/** How files whose names end in a suffix are read: unpacked, or cut into records; with neither, as one text in UTF-8. */
export interface Format {
  /**
   * Gives the bytes of what is packed, in chunks, reading no further than the next one asks for. The suffix before this one says what they
   * are. `name` is what errors call the source.
   */
  readonly unpack?: ((bytes: AsyncIterable<Uint8Array>, name: string) => AsyncIterable<Uint8Array>) | undefined;
  /** Gives the records, in order, reading no further than the next one asks for. Fields other than `field` are not needed. */
  readonly records?: ((source: ByteSource, field: string, rows?: RowRange) => AsyncIterable<SourceRecord>) | undefined;
  /**
   * How such a file is cut into pieces that can be read by themselves: at ends of lines; between records, by their `byteOffset`, where what
   * comes before the first one belongs to each piece; or between row groups. Default: it is not cut.
   */
  readonly cut?: 'lines' | 'records' | 'rowGroups' | undefined;
}

/** Some rows of a file: those behind the first `from`, and not those behind the first `to`. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}
