/** Bytes that are read from the start each time they are iterated, in chunks. */
export interface ByteSource extends AsyncIterable<Uint8Array> {
  /** What errors call it. */
  readonly name: string;
  /**
   * Looks whether the source is what it was when it was first read.
   * @throws {SourceChangedError} when it is not.
   */
  check(): Promise<void>;
  /** How to read parts of it, as Parquet needs; `undefined` where it comes from the start only. */
  readonly parts?: ByteParts | undefined;
}

/** Parts of bytes, wherever they lie. */
export interface ByteParts {
  /** How many bytes there are. */
  size(): Promise<number>;
  /** The bytes from `start` on and before `end`. */
  read(start: number, end: number): Promise<Uint8Array>;
}
