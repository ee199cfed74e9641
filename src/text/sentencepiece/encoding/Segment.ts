/** A piece of a text: the bytes from `start` to before `end`. */
export interface Segment {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** Splits a text, UTF-8 bytes, into pieces. */
export type Split = (bytes: Uint8Array) => Segment[];
