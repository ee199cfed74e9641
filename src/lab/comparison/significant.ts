/** A number rounded to five significant digits, so that a record of many stays short. */
export function significant(value: number): number {
  return Number(value.toPrecision(5));
}
