import { PairMap } from './PairMap.js';
import type { PieceList } from './PieceList.js';

/** Finds the pieces that begin somewhere in symbols. */
export class PieceTrie {
  /** From a node and a symbol to the next node; node 0 is the root. */
  readonly #children = new PairMap();
  /** By node: the piece that ends there, or −1. */
  readonly #pieces: number[] = [-1];

  constructor(symbols: Int32Array, { starts, lengths, size }: PieceList) {
    for (let piece = 0; piece < size; piece++) {
      const start = starts[piece] ?? 0;
      let node = 0;
      for (let at = start; at < start + (lengths[piece] ?? 0); at++) node = this.#grow(node, symbols[at] ?? 0);
      this.#pieces[node] = piece;
    }
  }

  /** The node after a symbol; −1 when no piece goes on so. */
  next(node: number, symbol: number): number {
    return this.#children.get(node, symbol);
  }

  /** The piece that ends at a node; −1 when none does. */
  piece(node: number): number {
    return this.#pieces[node] ?? -1;
  }

  #grow(node: number, symbol: number): number {
    const known = this.#children.get(node, symbol);
    if (known !== -1) return known;
    const child = this.#pieces.push(-1) - 1;
    this.#children.add(node, symbol, child);
    return child;
  }
}
