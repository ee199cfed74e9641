import { PairMap } from './PairMap.js';

/** Finds the pieces that begin somewhere in symbols: in characters or bytes, say. */
export class PieceTrie {
  /** From a node and a symbol to the next node; node 0 is the root. */
  readonly #children = new PairMap();
  /** By node: the piece that ends there, or −1. */
  readonly #pieces: number[] = [-1];

  /** Adds a piece, which is the symbols from `start` to before `end`. */
  add(piece: number, symbols: ArrayLike<number>, start = 0, end = symbols.length): void {
    let node = 0;
    for (let at = start; at < end; at++) node = this.#grow(node, symbols[at] ?? 0);
    this.#pieces[node] = piece;
  }

  /** The node after a symbol; −1 when no piece goes on so. */
  next(node: number, symbol: number): number {
    return this.#children.get(node, symbol);
  }

  /** The piece that ends at a node; −1 when none does. */
  piece(node: number): number {
    return this.#pieces[node] ?? -1;
  }

  /** The piece that is the symbols from `start` to before `end`; −1 when none is. */
  find(symbols: ArrayLike<number>, start = 0, end = symbols.length): number {
    let node = 0;
    for (let at = start; at < end && node !== -1; at++) node = this.next(node, symbols[at] ?? 0);
    return this.piece(node);
  }

  #grow(node: number, symbol: number): number {
    const known = this.#children.get(node, symbol);
    if (known !== -1) return known;
    const child = this.#pieces.push(-1) - 1;
    this.#children.add(node, symbol, child);
    return child;
  }
}
