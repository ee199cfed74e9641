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
  readonly records?: ((source: ByteSource, field: string) => AsyncIterable<SourceRecord>) | undefined;
}
