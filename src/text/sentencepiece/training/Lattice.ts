import type { PieceTrie } from '../PieceTrie.js';

/**
 * All ways to split a stretch of n symbols into pieces: a graph whose nodes 0 … n are the places between symbols, and
 * whose edges are pieces, in the order of their beginnings. One lattice serves for one stretch after the other.
 */
export class Lattice {
  #end = 0;
  #edges = 0;
  #from = new Int32Array(0);
  #to = new Int32Array(0);
  #piece = new Int32Array(0);
  #forward = new Float64Array(0);
  #backward = new Float64Array(0);
  /** By node: the last edge of the best way there. */
  #lastEdge = new Int32Array(0);

  /** Takes the symbols from `start` to before `end`. */
  set(symbols: Int32Array, start: number, end: number, trie: PieceTrie): void {
    this.#end = end - start;
    this.#edges = 0;
    for (let from = 0; from < this.#end; from++) {
      let node = 0;
      for (let to = from + 1; to <= this.#end; to++) {
        node = trie.next(node, symbols[start + to - 1] ?? 0);
        if (node === -1) break;
        const piece = trie.piece(node);
        if (piece !== -1) this.#addEdge(from, to, piece);
      }
    }
    if (this.#forward.length > this.#end) return;
    this.#forward = new Float64Array(2 * this.#end);
    this.#backward = new Float64Array(2 * this.#end);
    this.#lastEdge = new Int32Array(2 * this.#end);
  }

  /**
   * Adds to `expected`, by piece, how many times a way of splitting holds it on average, times `weight`
   * (forward–backward, in logarithms). Returns the log-probability of all ways together; −∞ when there is none.
   */
  addExpected(scores: Float64Array, weight: number, expected: Float64Array): number {
    const [from, to, piece, forward, backward] = [this.#from, this.#to, this.#piece, this.#forward, this.#backward];
    forward.fill(-Infinity, 0, this.#end + 1);
    backward.fill(-Infinity, 0, this.#end + 1);
    forward[0] = 0;
    backward[this.#end] = 0;
    for (let edge = 0; edge < this.#edges; edge++) {
      const [a, b] = [from[edge] ?? 0, to[edge] ?? 0];
      forward[b] = logAdd(forward[b] ?? 0, (forward[a] ?? 0) + (scores[piece[edge] ?? 0] ?? 0));
    }
    for (let edge = this.#edges - 1; edge >= 0; edge--) {
      const [a, b] = [from[edge] ?? 0, to[edge] ?? 0];
      backward[a] = logAdd(backward[a] ?? 0, (backward[b] ?? 0) + (scores[piece[edge] ?? 0] ?? 0));
    }
    const total = forward[this.#end] ?? 0;
    if (total === -Infinity) return total;
    for (let edge = 0; edge < this.#edges; edge++) {
      const id = piece[edge] ?? 0;
      const score = (forward[from[edge] ?? 0] ?? 0) + (scores[id] ?? 0) + (backward[to[edge] ?? 0] ?? 0);
      expected[id] = (expected[id] ?? 0) + weight * Math.exp(score - total);
    }
    return total;
  }

  /** The pieces of the most probable way that does without `banned`; empty when there is none (Viterbi). */
  best(scores: Float64Array, banned = -1): number[] {
    const [from, to, piece, forward, lastEdge] = [this.#from, this.#to, this.#piece, this.#forward, this.#lastEdge];
    forward.fill(-Infinity, 0, this.#end + 1);
    forward[0] = 0;
    for (let edge = 0; edge < this.#edges; edge++) {
      if (piece[edge] === banned) continue;
      const score = (forward[from[edge] ?? 0] ?? 0) + (scores[piece[edge] ?? 0] ?? 0);
      const end = to[edge] ?? 0;
      if (score <= (forward[end] ?? 0)) continue;
      forward[end] = score;
      lastEdge[end] = edge;
    }
    const way: number[] = [];
    if (forward[this.#end] === -Infinity) return way;
    for (let node = this.#end; node > 0; node = from[lastEdge[node] ?? 0] ?? 0)
      way.push(piece[lastEdge[node] ?? 0] ?? 0);
    return way.reverse();
  }

  #addEdge(from: number, to: number, piece: number): void {
    if (this.#edges === this.#from.length) {
      this.#from = doubled(this.#from);
      this.#to = doubled(this.#to);
      this.#piece = doubled(this.#piece);
    }
    this.#from[this.#edges] = from;
    this.#to[this.#edges] = to;
    this.#piece[this.#edges++] = piece;
  }
}

/** log(eᵃ + eᵇ). */
function logAdd(a: number, b: number): number {
  if (a === -Infinity) return b;
  if (b === -Infinity) return a;
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(Math.max(256, 2 * array.length));
  longer.set(array);
  return longer;
}
