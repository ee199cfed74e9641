/** Takes bytes that come in chunks by their number. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks;
  }

  /** How many bytes were taken. */
  get position(): number {
    return this.#position;
  }

  /** The next `count` bytes; fewer where they end before that. */
  async take(count: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (let missing = count; missing > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) break;
        this.#rest = next.value;
      }
      const piece = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(piece.length);
      missing -= piece.length;
      pieces.push(piece);
    }
    const [first, ...others] = pieces;
    const taken = first && others.length === 0 ? first : Buffer.concat(pieces);
    this.#position += taken.length;
    return taken;
  }
}
