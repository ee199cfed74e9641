/** The bytes that hexadecimal digits say, two each. */
export function bytesOfHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number(`0x${byte}`));
}
