/** Bytes that grow. */
export class Bytes {
  #bytes = new Uint8Array(256);
  #length = 0;

  push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const longer = new Uint8Array(2 * this.#length);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#bytes[this.#length++] = byte;
  }

  pushAll(bytes: ArrayLike<number>): void {
    for (let at = 0; at < bytes.length; at++) this.push(bytes[at] ?? 0);
  }

  /** Takes an end away, as often as the bytes have it. */
  trim(end: ArrayLike<number>): void {
    while (this.#endsIn(end)) this.#length -= end.length;
  }

  /** What there is. */
  get all(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #endsIn(end: ArrayLike<number>): boolean {
    const start = this.#length - end.length;
    return start >= 0 && Array.from(end).every((byte, at) => this.#bytes[start + at] === byte);
  }
}
