/** What is no token: where a piece of text ends. */
export const BREAK = -1;

/** Text that n-grams are counted in: pieces of it, one behind the other. */
export interface NgramText {
  /** Tokens, and `BREAK` behind each piece. */
  readonly ids: Int32Array;
  /** 1 where a token counts, 0 where it is only what others come behind. */
  readonly counted: Uint8Array;
}

/** Collects pieces of text. */
export class NgramTextWriter {
  readonly #pieces: (NgramText & { readonly context: ArrayLike<number> })[] = [];
  #length = 0;

  /** Takes a piece, and what it came behind. */
  add(context: ArrayLike<number>, ids: Int32Array, counted: Uint8Array): void {
    this.#pieces.push({ context, ids, counted });
    this.#length += context.length + ids.length + 1;
  }

  /** All that was added. */
  text(): NgramText {
    const ids = new Int32Array(this.#length).fill(BREAK);
    const counted = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      ids.set(piece.context, at);
      at += piece.context.length;
      ids.set(piece.ids, at);
      counted.set(piece.counted, at);
      at += piece.ids.length + 1;
    }
    return { ids, counted };
  }
}
