import { PieceTrie } from '../PieceTrie.js';

/** Pieces with scores, each a stretch of a table's symbols: three numbers a piece, since there may be a million. */
export class PieceList {
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  /** Log-probabilities in nats. */
  readonly scores: Float64Array;

  constructor(starts: Int32Array, lengths: Int32Array, scores: Float64Array) {
    this.starts = starts;
    this.lengths = lengths;
    this.scores = scores;
  }

  get size(): number {
    return this.starts.length;
  }

  /** Finds the pieces, by their places, in symbols of that table. */
  trie(symbols: Int32Array): PieceTrie {
    const trie = new PieceTrie();
    for (const [place, start] of this.starts.entries())
      trie.add(place, symbols, start, start + (this.lengths[place] ?? 0));
    return trie;
  }

  /** The pieces at these places, with new scores, or their old ones. */
  select(places: Int32Array, scoreOf = (place: number): number => this.scores[place] ?? 0): PieceList {
    return new PieceList(
      places.map((place) => this.starts[place] ?? 0),
      places.map((place) => this.lengths[place] ?? 0),
      Float64Array.from(places, scoreOf),
    );
  }
}
