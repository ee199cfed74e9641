/** What computes: instructions (`operationCodes.ts`) over a memory of its own, all addresses in bytes. */
export interface Kernel {
  /** Its memory as numbers. It is another array after `reserve`. */
  readonly floats: Float32Array;
  /** Its memory as instructions. It is another array after `reserve`. */
  readonly integers: Int32Array;
  /**
   * Makes the memory at least so large; what is in it stays.
   * @throws {RangeError} when there is not so much.
   */
  reserve(bytes: number): void;
  /** Runs the instructions from an address up to another, each for so many rows. */
  run(from: number, to: number, rows: number): void;
}

/** The first address that is free: the compiled kernel keeps a table below. */
export const FIRST_FREE = 4096;
