import type { Sequence, TextIds, TokenIds } from '../../src/text/Tokenizer.js';

/** A sequence of these ids. */
export function sequence(...ids: number[]): Sequence {
  return Int32Array.from(ids) as Sequence;
}

/** The ids of a sentence, without EOS. */
export function tokenIds(...ids: number[]): TokenIds {
  return Int32Array.from(ids) as TokenIds;
}

/** A sequence of this many tokens that can be told from others by its first one. */
export function sequenceOfLength(length: number, first = 7): Sequence {
  return (length === 0 ? new Int32Array(0) : new Int32Array(length).fill(first, 0, 1)) as Sequence;
}

/** Typed arrays as plain ones. */
export function plain(sequences: Iterable<Int32Array>): number[][] {
  return Array.from(sequences, (ids) => [...ids]);
}

/** The ids of a stretch of text that goes on. */
export function textIds(...ids: number[]): TextIds {
  return Int32Array.from(ids) as TextIds;
}
